import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import type { Headers } from "./headers.ts";
import type { Inputs } from "./inputs.ts";

/** The one request that makes the platform deploy. Its address, headers and body may be secrets; `shown` is not. */
export type HookCall = {
  readonly method: "POST" | "GET";
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: string;
  readonly shown: ShownCall;
};

/** What people may know of a call. Of an address only the host: a key can stand in its path as well as in its query. */
export type ShownCall = {
  readonly method: string;
  readonly host: string;
  readonly with: readonly string[];
};

export type Platform = "render" | "railway" | "generic";

/** Whose hook it is. */
export function platformOf({ platform, hookUrl }: Pick<Inputs, "platform" | "hookUrl">): Platform {
  if (platform !== "auto") return platform;
  return hookUrl?.host === "api.render.com" ? "render" : "generic";
}

/** Checks what the inputs say together, all at once. Throws UserError or UserErrors. */
export function checkInputs(inputs: Inputs): void {
  const platform = platformOf(inputs);
  const problems: UserError[] = [];
  const refuse = (input: string, why: string, hint: string): void =>
    void problems.push(new UserError(`input ${input}: ${why}.`, { hint, where: { input } }));
  const onlyFor = (platforms: readonly Platform[], given: Readonly<Record<string, unknown>>): void => {
    if (platforms.includes(platform)) return;
    for (const [input, value] of Object.entries(given)) {
      if (value !== undefined)
        refuse(input, `is not for ${platform} hooks`, "Leave it out, or set 'platform' to whose hook it is.");
    }
  };
  onlyFor(["render", "railway"], { ref: inputs.ref, "api-token": inputs.apiToken });
  onlyFor(["render", "railway"], { "api-url": inputs.apiUrl, "service-id": inputs.serviceId });
  onlyFor(["render"], { image: inputs.image });
  onlyFor(["railway"], { "environment-id": inputs.environmentId });
  onlyFor(["generic", "render"], { "hook-url": inputs.hookUrl });
  const headers = Object.keys(inputs.headers).length === 0 ? undefined : inputs.headers;
  onlyFor(["generic"], { body: inputs.body, headers });
  if (platform !== "railway" && inputs.hookUrl === undefined)
    refuse("hook-url", "is required and is empty", "A secret that does not exist gives an empty value.");
  if (platform === "railway" && inputs.apiToken === undefined)
    refuse("api-token", "is required for Railway", "Make a project token in the project's settings.");
  if (platform === "railway" && inputs.serviceId === undefined)
    refuse("service-id", "is required for Railway", "It stands in the address of the service's page.");
  if (platform === "railway" && inputs.method === "GET")
    refuse("method", "must be POST for Railway", "Leave it out.");
  if (platform === "render" && inputs.ref !== undefined && inputs.image !== undefined)
    refuse(
      "image",
      "cannot be given together with ref",
      "A service runs an image, or is built from commits.",
    );
  if (inputs.method === "GET" && inputs.body !== undefined)
    refuse("body", "cannot be sent with GET", "Set 'method: POST', or leave it out.");
  throwProblems(problems);
}

/** The call of a hook that is an address: that of Render, or of anybody else. */
export function hookCall(inputs: Inputs): HookCall {
  const { method, body, ref, image } = inputs;
  if (inputs.hookUrl === undefined) throw new Error("a hook without an address");
  const url = new URL(inputs.hookUrl);
  // render.com/docs/deploy-hooks: the key is in the query already.
  if (ref !== undefined) setQuery(url, "ref", ref);
  if (image !== undefined) setQuery(url, "imgURL", image);
  const bytes = Buffer.byteLength(body ?? "");
  const type = body === undefined ? {} : { "content-type": isJson(body) ? "application/json" : "text/plain" };
  return {
    method,
    url,
    headers: {
      accept: "*/*",
      "accept-encoding": "identity",
      "user-agent": "deploy-hook",
      ...type,
      ...inputs.headers,
      ...(method === "POST" ? { "content-length": String(bytes) } : {}),
    },
    ...(body === undefined ? {} : { body }),
    shown: {
      method,
      host: url.host,
      with: [
        ...(ref === undefined ? [] : [`ref ${ref}`]),
        ...(image === undefined ? [] : [`image ${image}`]),
        ...(body === undefined ? [] : [`a body of ${bytes} bytes`]),
        ...Object.keys(inputs.headers).map((name) => `the header ${name}`),
      ],
    },
  };
}

/** Leaves the rest of the query as it is written: `searchParams` writes all of it anew. */
function setQuery(url: URL, name: string, value: string): void {
  if (url.searchParams.has(name)) url.searchParams.set(name, value);
  else url.search += `${url.search === "" ? "?" : "&"}${name}=${encodeURIComponent(value)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
