import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Images, mediaTypes } from "../support/github-packages/images.ts";
import { broken } from "../support/github-packages/judge.ts";
import { type GitHubPackages, startGitHubPackages } from "../support/github-packages/server.ts";
import { needs } from "../support/needs.ts";

let server: GitHubPackages;
let images: Images;
let token: string;
beforeEach(async () => {
  server = await startGitHubPackages();
  images = new Images(server, "acme/team/shop");
  token = server.tokens.issue();
});
afterEach(async () => {
  await server.stop();
  expect(server.misuses).toEqual([]);
});

const versions = "orgs/acme/packages/container/team%2Fshop/versions";

function call(path: string, method = "GET", authorization = `Bearer ${token}`) {
  return fetch(`${server.apiUrl}/${path}`, { method, headers: { authorization } });
}

async function list(
  query = "",
): Promise<{ id: number; name: string; metadata: { container: { tags: string[] } } }[]> {
  return (await (await call(`${versions}${query}`)).json()) as never;
}

describe("the stand-in for GitHub Packages", needs("docker-registry", "skopeo"), () => {
  it("lists what is in the registry, newest first, with its tags", async () => {
    const old = await images.manifest({ age: "40d", tags: ["v1"] });
    const { index, children } = await images.multiArch({ tags: ["v2", "latest"], age: "3d" });
    const found = await list("?per_page=100");
    expect(found.map(({ name }) => name)).toEqual(
      [index, ...children.toReversed(), old].map(({ digest }) => digest),
    );
    expect(found[0]?.metadata.container.tags).toEqual(["v2", "latest"]);
    expect(await broken(server, "acme/team/shop")).toEqual({});
  });

  it("takes a deleted version out of the registry, and puts a restored one back", async () => {
    const { index, children } = await images.multiArch({ tags: ["v1"] });
    const [child] = children;
    const one = `${versions}/${child?.version.id}`;
    expect((await call(one, "DELETE")).status).toBe(204);
    expect((await call(one)).status).toBe(404);
    expect(Object.keys(await broken(server, "acme/team/shop"))).toEqual(["v1"]);
    expect((await list("?state=deleted")).map(({ name }) => name)).toEqual([child?.digest]);
    expect((await call(`${one}/restore`, "POST")).status).toBe(204);
    expect(await broken(server, "acme/team/shop")).toEqual({});
    expect((await call(`${versions}/${index.version.id}`, "DELETE")).status).toBe(400);
  });

  it("refuses what GitHub refuses", async () => {
    await images.manifest({ tags: ["other"] });
    const { version } = await images.manifest({ tags: ["v1"] });
    const one = `${versions}/${version.id}`;
    const answer = async (response: Response) => [
      response.status,
      ((await response.json()) as { message: string }).message,
    ];
    const as = (grant: Parameters<typeof server.tokens.issue>[0]) => `Bearer ${server.tokens.issue(grant)}`;
    expect(await answer(await call(one, "DELETE", "Bearer ghp_none"))).toEqual([401, "Bad credentials"]);
    expect(await answer(await call(one, "DELETE", as({ admin: false })))).toEqual([
      404,
      "Package not found.",
    ]);
    expect(await answer(await call(one, "DELETE", as({ delete: false })))).toEqual([
      403,
      expect.stringContaining("delete:packages"),
    ]);
    expect(
      await answer(
        await call("orgs/acme/packages?package_type=container", "GET", as({ kind: "github-token" })),
      ),
    ).toEqual([403, "Resource not accessible by integration"]);
    expect((await call("users/acme/packages/container/team%2Fshop/versions")).status).toBe(404);
    server.package("acme/team/shop").visibility = "public";
    version.downloads = 5_001;
    expect(await answer(await call(one, "DELETE"))).toEqual([400, expect.stringContaining("5000 downloads")]);
  });

  it("pages by Link, and a listing shifts while it is read", async () => {
    for (let index = 0; index < 5; index += 1) await images.manifest({ age: `${10 + index}d` });
    const first = await call(`${versions}?per_page=2`);
    expect(first.headers.get("link")).toMatch(/per_page=2&page=2>; rel="next", <[^>]+page=3>; rel="last"/);
    await images.manifest();
    const seen = [
      ...((await first.json()) as { id: number }[]),
      ...(await list("?per_page=2&page=2")),
      ...(await list("?per_page=2&page=3")),
    ];
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length - 1);
  });

  it("counts calls, and refuses the one too many", async () => {
    await images.manifest();
    server.limits.leave(1, 60_000);
    expect((await call(versions)).headers.get("x-ratelimit-remaining")).toBe("0");
    const refused = await call(versions);
    expect([refused.status, refused.headers.get("x-ratelimit-remaining")]).toEqual([403, "0"]);
    expect((await call("rate_limit")).status).toBe(200);
    expect(server.misuses.splice(0)).toEqual([expect.stringContaining("no call was left")]);
  });

  it("gives the registry only to who may read it, and lets nobody delete there", async () => {
    const { digest } = await images.manifest({ tags: ["v1"] });
    const manifest = `${server.registryUrl}/v2/acme/team/shop/manifests/v1`;
    const challenged = await fetch(manifest);
    expect(challenged.status).toBe(401);
    expect(challenged.headers.get("www-authenticate")).toContain('scope="repository:acme/team/shop:pull"');
    const session = async (scope: string, password: string) => {
      const response = await fetch(`${server.registryUrl}/token?service=ghcr.io&scope=${scope}`, {
        headers: { authorization: `Basic ${btoa(`me:${password}`)}` },
      });
      return { status: response.status, ...((await response.json()) as { token?: string }) };
    };
    expect((await session("repository:acme/team/shop:pull", "wrong")).status).toBe(403);
    const { token: bearer } = await session("repository:acme/team/shop:pull", token);
    const headers = { authorization: `Bearer ${bearer}`, accept: mediaTypes.manifest };
    const answer = await fetch(manifest, { headers });
    expect([answer.status, answer.headers.get("docker-content-digest")]).toEqual([200, digest]);
    const body = await answer.text();
    const put = { method: "PUT", headers: { ...headers, "content-type": mediaTypes.manifest }, body };
    expect((await fetch(manifest.replace("v1", "v2"), put)).status).toBe(401);
    const { token: pusher } = await session("repository:acme/team/shop:pull,push", token);
    put.headers.authorization = `Bearer ${pusher}`;
    expect((await fetch(manifest.replace("v1", "v2"), put)).status).toBe(201);
    expect([...server.package("acme/team/shop").tags()]).toEqual([
      ["v1", digest],
      ["v2", digest],
    ]);
    const remove = { method: "DELETE", headers: put.headers };
    expect((await fetch(manifest.replace("v1", digest), remove)).status).toBe(405);
  });
});
