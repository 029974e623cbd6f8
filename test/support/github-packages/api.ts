import { createHash } from "node:crypto";
import type { Answer, Received } from "../http-server.ts";
import type { Accounts } from "./accounts.ts";
import type { Limits } from "./limits.ts";
import { answerProblems, type Call, findCall, sample } from "./openapi.ts";
import type { Package, Version } from "./package.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { Store } from "./store.ts";
import type { Grant, Tokens } from "./tokens.ts";

const DEFAULT_PER_PAGE = 30;
const MAX_PER_PAGE = 100;
/** What a listing of packages reaches to: https://docs.github.com/rest/packages/packages */
const SEARCH_WINDOW = 10_000;

export type ApiState = {
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly limits: Limits;
  readonly store: Store;
  readonly now: () => number;
  readonly misuses: string[];
};

/** Answers one call of the REST API, whose root has the path `root`: `/api/v3` on a server of one's own. */
export async function answerApi(
  state: ApiState,
  request: Received,
  url: URL,
  root: string,
): Promise<{ readonly answer: Answer; readonly call: string }> {
  const { limits, misuses } = state;
  const below = new URL(url);
  below.pathname = url.pathname.startsWith(root) ? url.pathname.slice(root.length) : "/";
  const call = findCall(request.method, below);
  const name = `${request.method} ${url.pathname}`;
  const answered = (answer: Answer) => ({
    answer: { ...answer, headers: { ...limits.headers(), ...answer.headers } },
    call: call?.id ?? name,
  });
  try {
    if (limits.blocked) misuses.push(`${name} during a pause that GitHub had asked for`);
    if (limits.spent && call?.id !== "rate-limit/get") misuses.push(`${name} though no call was left`);
    if (call?.id !== "rate-limit/get") limits.count(request.method !== "GET");
    if (call === undefined) {
      misuses.push(`${name} is no call that GitHub describes`);
      throw new Refusal(404, "Not Found");
    }
    for (const problem of call.problems) misuses.push(`${name}: ${problem}`);
    if (!String(request.headers["user-agent"] ?? "").trim())
      throw new Refusal(403, "Request forbidden by administrative rules.");
    const grant = state.tokens.ofApi(request.headers.authorization);
    if (grant === undefined) throw new Refusal(401, "Bad credentials");
    const answer = await perform({ state, call, grant, url });
    const wrong = answerProblems(call, answer.status ?? 200, answer.json);
    if (wrong.length > 0) misuses.push(`the fake's answer to ${name}: ${wrong.join("; ")}`);
    return answered(conditional(request, answer, limits));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return answered(error.answer());
  }
}

type Context = {
  readonly state: ApiState;
  readonly call: Call;
  readonly grant: Grant;
  readonly url: URL;
};

async function perform(context: Context): Promise<Answer> {
  const { state, call, grant, url } = context;
  const operation = call.id.replace(/^[^/]+\//, "");
  switch (operation) {
    case "get":
      return {
        json: {
          resources: { core: state.limits.overview(), search: state.limits.overview() },
          rate: state.limits.overview(),
        },
      };
    case "get-by-username":
      return { json: account(state, call.parameters["username"] ?? "") };
    case "list-packages-for-organization":
    case "list-packages-for-user":
    case "list-packages-for-authenticated-user":
      return listPackages(context);
  }
  const found = findPackage(context);
  mayRead(grant, "get a package");
  const id = Number(call.parameters["package_version_id"]);
  if (/^get-package-version-for/.test(operation))
    return { json: versionJson(context, found, found.find(id, "active")) };
  if (/^get-package-for/.test(operation)) return { json: packageJson(state, found) };
  if (/^get-all-package-versions/.test(operation)) {
    const wanted = url.searchParams.get("state") === "deleted" ? "deleted" : "active";
    const versions = found.listing(wanted, state.now());
    return page(url, versions, (version) => versionJson(context, found, version));
  }
  if (/^delete-package-version-for/.test(operation)) {
    mayDelete(grant);
    const version = found.delete(id, state.now());
    await state.store.remove(`${found.owner}/${found.name}`, version);
    return { status: 204 };
  }
  if (/^restore-package-version-for/.test(operation)) {
    mayDelete(grant);
    const version = found.restore(id, state.now());
    await state.store.put(`${found.owner}/${found.name}`, version);
    return { status: 204 };
  }
  // Deleting a whole package, say: no test of ours may ever ask for it.
  state.misuses.push(`${call.id} was called`);
  throw notFound();
}

function listPackages({ state, call, grant, url }: Context): Answer {
  mayRead(grant, "list packages");
  if (grant.kind === "github-token") throw new Refusal(403, "Resource not accessible by integration");
  const owner = ownerOf(state, call, grant);
  if (url.searchParams.get("package_type") !== "container") throw new Refusal(400, "Invalid argument.");
  const { per, page: number } = paging(url);
  if (per * number > SEARCH_WINDOW) throw new Refusal(400, "Invalid argument.");
  return page(url, state.accounts.of(owner), (one) => packageJson(state, one));
}

function findPackage({ state, call, grant }: Context): Package {
  if (call.parameters["package_type"] !== "container") throw notFound();
  return state.accounts.find(ownerOf(state, call, grant), call.parameters["package_name"] ?? "");
}

/** An organisation is none of the users here, and a user none of the organisations. */
function ownerOf({ accounts }: ApiState, { parameters }: Call, grant: Grant): string {
  const { org, username } = parameters;
  const login = org ?? username ?? grant.login;
  if (accounts.typeOf(login) !== (org === undefined ? "User" : "Organization"))
    throw new Refusal(404, "Not Found");
  return login;
}

function mayRead(grant: Grant, what: string): void {
  if (grant.kind === "fine-grained")
    throw new Refusal(403, "Resource not accessible by personal access token");
  if (grant.read) return;
  if (grant.kind === "github-token") throw new Refusal(403, "Resource not accessible by integration");
  throw new Refusal(403, `You need at least read:packages scope to ${what}.`);
}

function mayDelete(grant: Grant): void {
  if (grant.kind === "classic" && !grant.delete) {
    throw new Refusal(403, "You need at least delete:packages and read:packages scopes to delete a package.");
  }
  if (!grant.admin) throw notFound();
}

function account({ accounts }: ApiState, login: string): unknown {
  const type = accounts.typeOf(login);
  if (type === undefined) throw new Refusal(404, "Not Found");
  return sample("public-user", { login, type });
}

function packageJson({ accounts }: ApiState, { owner, name, visibility, createdAt }: Package): unknown {
  return sample("package", {
    id: 1,
    name,
    package_type: "container",
    visibility,
    owner: sample("simple-user", { login: owner, type: accounts.typeOf(owner) }),
    created_at: isoTime(createdAt),
    updated_at: isoTime(createdAt),
  });
}

function versionJson({ url }: Context, { name }: Package, version: Version): unknown {
  const path = url.pathname.replace(/\/versions.*/, "");
  return sample("package-version", {
    id: version.id,
    name: version.digest,
    url: `https://api.github.example${path}/versions/${version.id}`,
    package_html_url: `https://github.example/packages/container/${name}`,
    html_url: `https://github.example/packages/container/${name}/${version.id}`,
    created_at: isoTime(version.createdAt),
    updated_at: isoTime(version.updatedAt),
    ...(version.deletedAt === undefined ? {} : { deleted_at: isoTime(version.deletedAt) }),
    metadata: { package_type: "container", container: { tags: [...version.tags] } },
  });
}

/** GitHub's times have no fraction of a second. */
function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function paging(url: URL) {
  const number = (name: string, otherwise: number) => {
    const value = Number(url.searchParams.get(name) ?? otherwise);
    return Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  return { per: Math.min(MAX_PER_PAGE, number("per_page", DEFAULT_PER_PAGE)), page: number("page", 1) };
}

function page<Item>(url: URL, items: readonly Item[], json: (item: Item) => unknown): Answer {
  const { per, page: current } = paging(url);
  const last = Math.max(1, Math.ceil(items.length / per));
  const link = (to: number, relation: string) => {
    const address = new URL(url);
    address.searchParams.set("page", String(to));
    return `<${address.href}>; rel="${relation}"`;
  };
  const links = [
    ...(current > 1 ? [link(Math.min(current, last + 1) - 1, "prev")] : []),
    ...(current < last ? [link(current + 1, "next"), link(last, "last")] : []),
    ...(current > 1 ? [link(1, "first")] : []),
  ];
  return {
    headers: links.length === 0 ? {} : { link: links.join(", ") },
    json: items.slice((current - 1) * per, current * per).map(json),
  };
}

function conditional(request: Received, answer: Answer, limits: Limits): Answer {
  if (request.method !== "GET" || answer.json === undefined) return answer;
  const etag = `W/"${createHash("sha256").update(JSON.stringify(answer.json)).digest("hex")}"`;
  if (request.headers["if-none-match"] !== etag) return { ...answer, headers: { ...answer.headers, etag } };
  limits.giveBack();
  return { status: 304, headers: { etag } };
}
