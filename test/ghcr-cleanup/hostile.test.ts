import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Images } from "../support/github-packages/images.ts";
import { startHttpServer } from "../support/http-server.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { failureText } from "./run-here.ts";
import { changes, PATH, setUp } from "./setting.ts";
import { digests, release, remaining } from "./stock.ts";

async function stocked() {
  const setting = await setUp({ registry: "memory" });
  const kept = await release(setting.images, ["v1.0.0"], "90d");
  await setting.images.manifest({ age: "90d" });
  return { ...setting, kept, before: remaining(setting.server, PATH) };
}

describe("a registry that cannot be trusted", () => {
  it("is not believed when a manifest is not the one that was asked for", async () => {
    const { server, kept, clean, before } = await stocked();
    server.intervene({ side: "registry", url: new RegExp(kept.index.digest), times: 100 }, async (pass) => {
      const answer = await pass();
      return {
        ...answer,
        body: Buffer.from(String(answer.body).replace(/"manifests":\[.*\]/, '"manifests":[]')),
      };
    });
    await clean();
    expect(remaining(server, PATH)).toEqual(before);
  });

  it.each([
    ["a page", () => ({ body: "<html>maintenance</html>" })],
    ["nothing", () => ({ status: 200, body: "" })],
    ["another type", () => ({ json: { schemaVersion: 2 } })],
  ])("is not believed when it answers with %s", async (_, answer) => {
    const { server, kept, clean, before } = await stocked();
    server.intervene({ side: "registry", url: new RegExp(kept.index.digest), times: 100 }, answer);
    await clean();
    expect(remaining(server, PATH)).toEqual(before);
    expect(changes({ server })).toEqual([]);
  });

  it("does not get the token sent elsewhere: by its challenge, a redirect or a link", async () => {
    const other = await startHttpServer(() => ({ json: { token: "x".repeat(30) } }));
    // By another name than the registry's.
    const elsewhere = `http://localhost:${other.port}`;
    const { server, clean } = await stocked();
    const token = server.tokens.issue();
    server.intervene({ side: "registry", times: 3 }, () => ({
      status: 401,
      headers: { "www-authenticate": `Bearer realm="${elsewhere}/token",service="x",scope="y"` },
    }));
    await clean({ "github-token": token });
    server.intervene({ side: "registry", url: /manifests/, times: 3 }, () => ({
      status: 307,
      headers: { location: `${elsewhere}/manifest` },
    }));
    await clean({ "github-token": token });
    server.intervene({ side: "api", url: /versions/ }, async (pass) => {
      const answer = await pass();
      return { ...answer, headers: { ...answer.headers, link: `<${elsewhere}/next>; rel="next"` } };
    });
    const outcome = await clean({ "github-token": token });
    expect(outcome.failures.length).toBeGreaterThan(0);
    for (const request of other.requests) {
      const seen = JSON.stringify([request.headers, request.url, request.body.toString()]);
      expect(seen).not.toContain(token);
      expect(seen).not.toContain(btoa(token).slice(4, -4));
      const basic = Buffer.from(
        String(request.headers.authorization ?? "").replace(/^\w+ /, ""),
        "base64",
      ).toString();
      expect(basic).not.toContain(token);
    }
    await other.stop();
  });

  it("may end a session in the middle", async () => {
    const { server, kept, clean } = await stocked();
    server.intervene({ side: "registry", url: /manifests/, skip: 3 }, (pass) => {
      server.tokens.endSessions();
      return pass();
    });
    const outcome = await clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual(digests(kept.all));
  });

  it("may say that a version is gone that was listed: then the listing is read again", async () => {
    const { server, images, kept, clean, clock } = await stocked();
    const gone = await images.manifest({ age: "50d" });
    server.intervene({ side: "registry", url: /manifests/ }, async (pass) => {
      server.package(PATH).delete(gone.version.id, clock.now());
      return pass();
    });
    const outcome = await clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual(digests(kept.all));
  });

  it("keeps everything while a listed manifest is nowhere to be found, and says so", async () => {
    const { server, kept, clean, before } = await stocked();
    server.intervene({ side: "registry", url: new RegExp(kept.index.digest), times: 1_000 }, () => ({
      status: 404,
      json: { errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] },
    }));
    const outcome = await clean();
    expect(remaining(server, PATH)).toEqual(before);
    expect(failureText(outcome) + JSON.stringify(outcome.annotations)).toContain(
      kept.index.digest.slice(0, 19),
    );
  });
});

describe("a cache of manifests", () => {
  it("that somebody has changed is read again, and deletes nothing that is needed", async () => {
    const { server, kept, clean } = await stocked();
    const folder = makeTempDir("cache");
    const file = path.join(folder.path, "manifests");
    await clean({ "manifest-cache": file, "dry-run": "true" });
    const text = gunzipSync(readFileSync(file)).toString("latin1");
    const [child] = kept.children;
    // The children of the release are somewhere else, it says.
    const lie = text.replaceAll(`"digest":"${child?.digest}"`, `"digest":"sha256:${"0".repeat(64)}"`);
    expect(lie).not.toBe(text);
    writeFileSync(file, gzipSync(Buffer.from(lie, "latin1")));
    const outcome = await clean({ "manifest-cache": file });
    folder.remove();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual(digests(kept.all));
  });
});

describe("a server of one's own", () => {
  it("is cleaned below its own path, page by page, though it says nothing of limits", async () => {
    const setting = await setUp({ registry: "memory", ownServer: true });
    const stays = await setting.images.manifest({ tags: ["v1"], age: "300d" });
    for (let number = 0; number < 120; number += 1) await setting.images.manifest({ age: `${40 + number}d` });
    const outcome = await setting.clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(setting.server, PATH)).toEqual([stays.digest]);
    expect(setting.server.journal.some(({ url }) => url.startsWith("/api/v3/orgs/acme/"))).toBe(true);
  });
});

describe("names", () => {
  it("may have slashes, and an owner may be written in capitals", async () => {
    const setting = await setUp({ registry: "memory" });
    const images = new Images(setting.server, "acme/team/web");
    const { index, children } = await images.multiArch({ tags: ["v1"], age: "90d" });
    await images.manifest({ age: "90d" });
    const outcome = await setting.clean({ owner: "Acme", packages: "team/web" });
    expect(outcome.failures).toEqual([]);
    expect(remaining(setting.server, "acme/team/web")).toEqual(digests([index, ...children]));
  });

  it("that are matched by a pattern can be left out", async () => {
    const setting = await setUp({ registry: "memory" });
    for (const name of ["shop", "shop-admin", "other"]) {
      const images = new Images(setting.server, `acme/${name}`);
      await images.manifest({ tags: ["v1"], age: "90d" });
      await images.manifest({ age: "90d" });
    }
    const outcome = await setting.clean({ packages: "shop*, !shop-admin" });
    expect(outcome.failures).toEqual([]);
    const left = ["shop", "shop-admin", "other"].map(
      (name) => remaining(setting.server, `acme/${name}`).length,
    );
    expect(left).toEqual([1, 2, 2]);
  });

  it("one package in trouble does not keep the others from being cleaned, and fails the run", async () => {
    const setting = await setUp({ registry: "memory" });
    for (const name of ["shop", "store"]) {
      const images = new Images(setting.server, `acme/${name}`);
      await images.manifest({ tags: ["v1"], age: "90d" });
      await images.manifest({ age: "90d" });
    }
    setting.server.intervene({ side: "api", url: /shop\/versions/, times: 1_000 }, () => ({ status: 500 }));
    const outcome = await setting.clean({ packages: "shop, store" });
    expect(failureText(outcome)).toContain("shop");
    expect(remaining(setting.server, "acme/shop")).toHaveLength(2);
    expect(remaining(setting.server, "acme/store")).toHaveLength(1);
  });
});
