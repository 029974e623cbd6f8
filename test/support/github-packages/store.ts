import type { Answer, Received } from "../http-server.ts";
import type { Accounts } from "./accounts.ts";
import type { Version } from "./package.ts";

/** Where the manifests and layers are. */
export type Store = {
  /** Answers a request below /v2/. */
  answer(request: Received, path: string): Promise<Answer>;
  put(repository: string, version: Version): Promise<void>;
  remove(repository: string, version: Version): Promise<void>;
};

const PASSED = ["accept", "content-type", "content-range", "range"];
const RETURNED = ["content-type", "docker-content-digest", "etag", "location", "range", "docker-upload-uuid"];

/** A real registry. */
export function registryStore(origin: string): Store {
  const manifest = (repository: string, reference: string) =>
    `${origin}/v2/${repository}/manifests/${reference}`;
  return {
    answer: async ({ method, headers, body }, path) => {
      const passed = PASSED.flatMap((name) =>
        headers[name] === undefined ? [] : [[name, String(headers[name])]],
      );
      const response = await fetch(`${origin}${path}`, {
        method,
        headers: Object.fromEntries(passed) as Record<string, string>,
        redirect: "manual",
        ...(method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) }),
      });
      const returned = RETURNED.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [[name, value.replace(origin, "")]];
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (method === "HEAD") returned.push(["content-length", response.headers.get("content-length") ?? "0"]);
      return { status: response.status, headers: Object.fromEntries(returned), body: bytes };
    },
    put: async (repository, { digest, tags, mediaType, bytes }) => {
      for (const reference of [digest, ...tags]) {
        const response = await fetch(manifest(repository, reference), {
          method: "PUT",
          headers: { "content-type": mediaType },
          body: new Uint8Array(bytes),
        });
        if (!response.ok) throw new Error(`the registry did not take ${reference}: ${await response.text()}`);
      }
    },
    remove: async (repository, { digest }) => {
      const response = await fetch(manifest(repository, digest), { method: "DELETE" });
      if (!response.ok) throw new Error(`the registry did not delete ${digest}: ${await response.text()}`);
    },
  };
}

/** Manifests alone, out of what was pushed: for thousands of them, where no layer is ever asked for. */
export function memoryStore(accounts: Accounts): Store {
  return {
    answer: async ({ method, headers }, path) => {
      const [, repository = "", reference = ""] =
        /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(decodeURIComponent(path)) ?? [];
      if (method === "PUT") return { status: 201 };
      const version = repository === "" ? undefined : accounts.package(repository).lookUp(reference);
      if (version === undefined || !String(headers.accept).includes(version.mediaType))
        return { status: 404, json: { errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] } };
      return {
        headers: { "content-type": version.mediaType, "docker-content-digest": version.digest },
        body: version.bytes,
      };
    },
    put: async () => undefined,
    remove: async () => undefined,
  };
}
