import { describe, expect, it } from "vitest";
import { broken } from "../support/github-packages/judge.ts";
import { needs } from "../support/needs.ts";
import { changes, PATH, type Setting, setUp } from "./setting.ts";
import { release, remaining } from "./stock.ts";

/** One release under three tags, of which two are to go. */
async function promoted(setting: Setting) {
  const made = await release(setting.images, ["v1.0.0", "pr-5", "pr-5-retry"], "90d");
  return { ...made, before: remaining(setting.server, PATH) };
}

const only = { "delete-tags": "pr-*" };

/** What must hold whatever happened: the release can be pulled, by every tag that it still has. */
async function expectWhole({ server }: Setting, digest: string) {
  expect(await broken(server, PATH)).toEqual({});
  expect(server.package(PATH).tags().get("v1.0.0")).toBe(digest);
}

describe("taking one tag from an image that has others", needs("docker-registry", "skopeo"), () => {
  it("takes it away, and leaves nothing else behind", async () => {
    const setting = await setUp();
    const { index, before } = await promoted(setting);
    const outcome = await setting.clean(only);
    expect(outcome.failures).toEqual([]);
    expect(remaining(setting.server, PATH)).toEqual(before);
    expect([...index.version.tags]).toEqual(["v1.0.0"]);
    await expectWhole(setting, index.digest);
  });

  it("does not delete the release, though the listing still shows the tag on it", async () => {
    const setting = await setUp();
    const { index, before } = await promoted(setting);
    setting.server.intervene({ side: "registry", method: "PUT", times: 2 }, async (pass) => {
      setting.server.package(PATH).freeze(3);
      return pass();
    });
    const outcome = await setting.clean(only);
    expect(outcome.failures).toEqual([]);
    expect(remaining(setting.server, PATH)).toEqual(before);
    await expectWhole(setting, index.digest);
  });

  it("leaves the release whole when the listing never shows what was pushed, and mends it in the next run", async () => {
    const setting = await setUp();
    const { index, before } = await promoted(setting);
    setting.server.intervene({ side: "registry", method: "PUT" }, async (pass) => {
      setting.server.package(PATH).freeze(10_000);
      return pass();
    });
    await setting.clean(only);
    await expectWhole(setting, index.digest);
    setting.server.package(PATH).freeze(0);
    const again = await setting.clean(only);
    expect(again.failures).toEqual([]);
    expect(remaining(setting.server, PATH)).toEqual(before);
    await expectWhole(setting, index.digest);
  });

  it("can be cancelled between the two steps: the next run takes the throw-away manifest away", async () => {
    const setting = await setUp();
    const { index, before } = await promoted(setting);
    const cancelled = new AbortController();
    setting.server.intervene({ side: "registry", method: "PUT" }, async (pass) => {
      const answer = await pass();
      cancelled.abort(new Error("cancelled"));
      return answer;
    });
    await setting.clean(only, { signal: cancelled.signal });
    await expectWhole(setting, index.digest);
    const again = await setting.clean(only);
    expect(again.failures).toEqual([]);
    expect(remaining(setting.server, PATH)).toEqual(before);
    expect([...index.version.tags]).toEqual(["v1.0.0"]);
  });

  it("does not touch a tag that has moved to another image since the plan", async () => {
    const setting = await setUp();
    const { index } = await promoted(setting);
    const newer = await setting.images.manifest({ tags: ["v2.0.0"], age: "1d" });
    const { mediaType, bytes } = newer.version;
    setting.server.intervene({ side: "registry", url: /manifests/ }, async (pass) => {
      await setting.images.push(mediaType, { tags: ["pr-5"] }, bytes);
      return pass();
    });
    await setting.clean(only);
    expect(setting.server.package(PATH).tags().get("pr-5")).toBe(newer.digest);
    await expectWhole(setting, index.digest);
  });

  it("does not touch a tag that has moved though the API still says that it has not", async () => {
    const setting = await setUp();
    const { index } = await promoted(setting);
    const newer = await setting.images.manifest({ tags: ["v2.0.0"], age: "1d" });
    const { mediaType, bytes } = newer.version;
    // The look at the version itself, just before the push, is answered with what was true a moment ago.
    setting.server.intervene({ method: "GET", url: /versions\/\d+$/ }, async (pass) => {
      const answer = await pass();
      await setting.images.push(mediaType, { tags: ["pr-5"] }, bytes);
      return answer;
    });
    await setting.clean(only);
    expect(setting.server.package(PATH).tags().get("pr-5")).toBe(newer.digest);
    await expectWhole(setting, index.digest);
  });

  it("does not touch a tag that has moved while the registry had it wait with the push", async () => {
    const setting = await setUp();
    const { index } = await promoted(setting);
    const newer = await setting.images.manifest({ tags: ["v2.0.0"], age: "1d" });
    setting.server.intervene({ side: "registry", method: "PUT" }, async () => {
      await setting.images.push(newer.version.mediaType, { tags: ["pr-5"] }, newer.version.bytes);
      return { status: 429, headers: { "retry-after": "20" }, json: { errors: [] } };
    });
    await setting.clean(only);
    expect(setting.server.package(PATH).tags().get("pr-5")).toBe(newer.digest);
    await expectWhole(setting, index.digest);
  });

  it("leaves an image its tags when the one that was to stay has gone elsewhere", async () => {
    const setting = await setUp();
    const { index } = await promoted(setting);
    const newer = await setting.images.manifest({ tags: ["v2.0.0"], age: "1d" });
    setting.server.intervene({ method: "GET", url: /versions\/\d+$/ }, async (pass) => {
      await setting.images.push(newer.version.mediaType, { tags: ["v1.0.0"] }, newer.version.bytes);
      return pass();
    });
    await setting.clean(only);
    expect(index.version.tags.size).toBeGreaterThan(0);
    expect(await broken(setting.server, PATH)).toEqual({});
  });

  it("says so where the token may not push, and goes on with the rest", async () => {
    const setting = await setUp();
    const { index } = await promoted(setting);
    const old = await setting.images.manifest({ tags: ["pr-1"], age: "90d" });
    const outcome = await setting.clean({
      ...only,
      "github-token": setting.server.tokens.issue({ write: false }),
    });
    expect(outcome.failures.map(({ message, hint }) => `${message} ${hint ?? ""}`).join("\n")).toMatch(
      /write:packages|packages: write/,
    );
    expect(remaining(setting.server, PATH)).not.toContain(old.digest);
    await expectWhole(setting, index.digest);
  });

  it("pushes nothing in a dry run", async () => {
    const setting = await setUp();
    const { index } = await promoted(setting);
    const outcome = await setting.clean({ ...only, "dry-run": "true" });
    expect(outcome.result).toBe("planned");
    expect(setting.server.journal.filter(({ method }) => !["GET", "HEAD"].includes(method))).toEqual([]);
    expect(changes(setting)).toEqual([]);
    expect([...index.version.tags]).toEqual(["v1.0.0", "pr-5", "pr-5-retry"]);
  });
});
