import { describe, expect, it } from "vitest";
import { Images } from "../support/github-packages/images.ts";
import { failureText, runHere } from "./run-here.ts";
import { changes, PATH, type Setting, setUp } from "./setting.ts";
import { digests, missingParts, release, remaining } from "./stock.ts";

async function stocked(): Promise<Setting> {
  const setting = await setUp({ registry: "memory" });
  await setting.images.manifest({ tags: ["v1"], age: "90d" });
  await setting.images.manifest({ tags: ["pr-1"], age: "90d" });
  await setting.images.manifest({ age: "90d" });
  await setting.images.manifest({ age: "95d" });
  return setting;
}

describe("what the token may not do", () => {
  it.each<[string, Parameters<Setting["server"]["tokens"]["issue"]>[0], RegExp]>([
    ["delete, which GitHub calls not found", { admin: false }, /admin/i],
    ["delete, for want of a scope", { delete: false }, /delete:packages/],
    ["delete, with GITHUB_TOKEN", { kind: "github-token", admin: false }, /admin|Manage Actions access/i],
    ["read, for want of a scope", { read: false }, /read:packages/],
    ["read, with a fine-grained token", { kind: "fine-grained" }, /classic/],
  ])("is named and fails the run: to %s", async (_, grant, words) => {
    const { server, clean } = await stocked();
    const before = remaining(server, PATH);
    const outcome = await clean({ "github-token": server.tokens.issue(grant) });
    expect(outcome.failures.length).toBeGreaterThan(0);
    expect(failureText(outcome)).toMatch(words);
    expect(remaining(server, PATH)).toEqual(before);
    // It does not try one version after the other with a token that may delete none.
    expect(changes({ server }).length).toBeLessThanOrEqual(2);
  });

  it("is named when the token is not known at all", async () => {
    const { clean, server } = await stocked();
    const token = server.tokens.issue();
    server.tokens.revoke(token);
    const outcome = await clean({ "github-token": token });
    expect(failureText(outcome)).toMatch(/token/i);
    expect(outcome.failures).toHaveLength(1);
  });

  it("needs no listing of packages where their names are given", async () => {
    const { clean, server } = await stocked();
    const outcome = await clean({ "github-token": server.tokens.issue({ kind: "github-token" }) });
    expect(outcome.failures).toEqual([]);
    expect(outcome.outputs["deleted"]).toBe(3);
  });

  it("is named where a pattern of names needs a listing that GITHUB_TOKEN may not have", async () => {
    const { clean, server } = await stocked();
    const outcome = await clean({
      packages: "sh*",
      "github-token": server.tokens.issue({ kind: "github-token" }),
    });
    expect(failureText(outcome)).toMatch(/list/i);
    expect(outcome.failures).toHaveLength(1);
  });

  it("finds packages by a pattern where it may list them", async () => {
    const { clean, server } = await stocked();
    const outcome = await clean({ packages: "sh*" });
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toHaveLength(1);
  });

  it("finds out whether the owner is a user or an organisation", async () => {
    const { server } = await stocked();
    const images = new Images(server, "maintainer/shop");
    await images.manifest({ tags: ["v1"], age: "90d" });
    await images.manifest({ age: "90d" });
    const outcome = await runHere(server, { owner: "maintainer", "max-percent": "100" });
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, "maintainer/shop")).toHaveLength(1);
  });

  it("says that a package is not there, or not to be seen", async () => {
    const { clean } = await stocked();
    const outcome = await clean({ packages: "shop, warehouse" });
    expect(failureText(outcome)).toContain("warehouse");
  });
});

describe("what GitHub does not delete", () => {
  it("is reported, and the rest goes on", async () => {
    const { server, clean, images } = await stocked();
    server.package(PATH).visibility = "public";
    const popular = await images.manifest({ tags: ["pr-9"], age: "60d" });
    popular.version.downloads = 6_000;
    const outcome = await clean();
    expect(outcome.outputs).toMatchObject({ deleted: 3, failed: 1 });
    expect(remaining(server, PATH)).toContain(popular.digest);
    expect(failureText(outcome) + outcome.log + JSON.stringify(outcome.annotations)).toMatch(/5,?000/);
  });

  it("keeps with it what it needs", async () => {
    const { server, clean, images } = await stocked();
    server.package(PATH).visibility = "public";
    const popular = await release(images, ["pr-9"], "60d");
    popular.index.version.downloads = 6_000;
    await clean();
    expect(missingParts(server, PATH)).toEqual([]);
    expect(remaining(server, PATH)).toEqual(
      expect.arrayContaining(digests([popular.index, ...popular.children, ...popular.attestations])),
    );
    // Nor does the next run take them for leftovers.
    await clean();
    expect(missingParts(server, PATH)).toEqual([]);
  });

  it("is foreseen: the last tagged version stays, with what it needs, and nothing fails", async () => {
    const setting = await setUp({ registry: "memory" });
    const { images, server, clean } = setting;
    await images.multiArch({ tags: ["pr-1"], age: "90d" });
    const { index, children } = await images.multiArch({ tags: ["pr-2"], age: "80d" });
    const outcome = await clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([index, ...children].map(({ digest }) => digest).toSorted());
  });
});
