import { ask, below, jsonOf, textOf, unexpected } from "./ask.ts";
import { accepted, type Filled, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

// Discord's JSON error codes: unknown webhook, invalid webhook token.
const GONE = new Set(["10015", "50027"]);

/** Reads the webhook, which needs no login and posts nothing. */
export async function probeDiscord(config: Filled<"discord">, context: ProbeContext): Promise<ProbeAnswer> {
  const path = /\/webhooks\/\d+\/[^/?#]+/.exec(new URL(config.webhook).pathname)?.[0] ?? "";
  const url = below(config["api-url"] ?? "https://discord.com/api", path);
  const answer = await ask({ method: "GET", url }, context);
  const json = jsonOf(answer);
  if (answer.status === 200 && textOf(json, "id") !== "" && path.includes(`/${textOf(json, "id")}/`)) {
    return accepted("the webhook is there", { type: textOf(json, "type") });
  }
  if ((answer.status === 401 || answer.status === 404) && GONE.has(textOf(json, "code"))) {
    const mend = "Make a new webhook in the channel's settings, Integrations.";
    return refused("invalid", ["webhook"], "Discord does not know the webhook", mend);
  }
  throw unexpected(answer.status);
}
