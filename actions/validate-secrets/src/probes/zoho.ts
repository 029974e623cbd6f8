import { remoteLine } from "../../../../shared/runtime/remote-text.ts";
import { type Answer, ask, below, isObject, type Json, jsonOf, textOf, unexpected } from "./ask.ts";
import { accepted, type Filled, NoVerdict, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

/**
 * Refreshes once a run, whoever asks: Zoho gives ten access tokens in ten minutes for a refresh token, and the 31st live
 * one ends the first (zoho.com/accounts/protocol, access-token-expiry). Then reads the organisations.
 */
export async function probeZoho(config: Filled<"zoho">, context: ProbeContext): Promise<ProbeAnswer> {
  const id = JSON.stringify([
    config["client-id"],
    config["client-secret"],
    config["refresh-token"],
    accountsOf(config),
  ]);
  const answer = await context.once(`zoho ${id}`, () => refresh(config, context));
  const json = jsonOf(answer);
  const token = textOf(json, "access_token");
  if (token === "") return refreshRefused(answer, json);
  context.addSecret(token);
  const wanted = config["organization-id"];
  if (wanted === undefined) return accepted("Zoho takes the refresh token");

  const base = config["api-url"] ?? `https://www.zohoapis.${config["data-center"]}`;
  const url = below(base, `/${config.product}/${config.product === "books" ? "v3" : "v1"}/organizations`);
  const list = await ask(
    { method: "GET", url, headers: { authorization: `Zoho-oauthtoken ${token}` } },
    context,
  );
  return judgeOrganizations(list, wanted, config.product);
}

function accountsOf(config: Filled<"zoho">): string {
  return config["accounts-url"] ?? `https://accounts.zoho.${config["data-center"]}`;
}

/** In the body, not in the query, which servers log. */
function refresh(config: Filled<"zoho">, context: ProbeContext): Promise<Answer> {
  const form = new URLSearchParams({
    refresh_token: config["refresh-token"],
    client_id: config["client-id"],
    client_secret: config["client-secret"],
    grant_type: "refresh_token",
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const url = below(accountsOf(config), "/oauth/v2/token");
  return ask({ method: "POST", url, headers, body: form.toString() }, context);
}

/** Zoho answers 200 or 400 with an `error`. */
function refreshRefused({ status }: Answer, json: Json): ProbeAnswer {
  const anew = "Make a new grant code in the API console, and exchange it.";
  switch (textOf(json, "error")) {
    case "invalid_code":
    case "invalid_grant":
      return refused(
        "invalid",
        ["refresh-token"],
        "Zoho does not take the refresh token, or it is from another data centre",
        `Check data-center. ${anew}`,
      );
    case "invalid_client":
      return refused(
        "invalid",
        ["client-id"],
        "Zoho does not know the client, or it is from another data centre",
        "Set the client ID and secret of one client of the API console, and check data-center.",
      );
    case "invalid_client_secret":
      return refused(
        "invalid",
        ["client-secret"],
        "the client secret is not the client's",
        "Copy it anew from the API console.",
      );
    case "access_denied":
    case "Access Denied":
      throw new NoVerdict("Zoho limits the rate of refreshes", "Run the step again in ten minutes.");
    default:
      throw unexpected(status);
  }
}

function judgeOrganizations(answer: Answer, wanted: string, product: string): ProbeAnswer {
  const json = jsonOf(answer);
  const organizations = json["organizations"];
  if (answer.status === 200 && Array.isArray(organizations)) {
    const found = organizations.find((each) => textOf(each, "organization_id") === wanted);
    if (isObject(found))
      return accepted("the organisation is there", {
        organization: remoteLine(textOf(found, "name"), { max: 100 }),
      });
    const why = `the account has ${organizations.length} organisation${organizations.length === 1 ? "" : "s"}, and not this one`;
    return refused(
      "invalid",
      ["organization-id"],
      why,
      "Set the ID of one of them, or take the token of another user.",
    );
  }
  const text = `${textOf(json, "code")} ${textOf(json, "message")}`;
  if (/OAUTH_SCOPE_MISMATCH|^57 /.test(text)) {
    const scope = product === "books" ? "ZohoBooks.settings.READ" : "ZohoInventory.settings.READ";
    const why = "the token may not read the organisations";
    return refused(
      "insufficient",
      ["refresh-token"],
      why,
      `Make a new grant code with the scope ${scope} among its scopes.`,
    );
  }
  // INVALID_TOKEN and AUTHENTICATION_FAILURE come and go for tokens made a moment ago.
  throw unexpected(answer.status);
}
