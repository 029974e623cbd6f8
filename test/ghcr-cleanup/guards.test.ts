import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeTempDir } from "../support/temp-dir.ts";
import { failureText, type Inputs } from "./run-here.ts";
import { changes, PATH, setUp } from "./setting.ts";
import { bytesOf, release, remaining } from "./stock.ts";

async function stocked(builds = 8) {
  const setting = await setUp({ registry: "memory" });
  await setting.images.manifest({ tags: ["v1"], age: "90d" });
  for (let number = 0; number < builds; number += 1)
    await setting.images.manifest({ tags: [`build-${number}`], age: `${40 + number}d` });
  return { ...setting, before: remaining(setting.server, PATH) };
}

describe("wrong inputs", () => {
  it.each<[string, Inputs]>([
    ["keep-last", { "keep-last": "2x" }],
    ["keep-last", { "keep-last": "-1" }],
    ["keep-last", { "keep-last": "" }],
    ["keep-last", { "keep-last": "1e3" }],
    ["keep-last", { "keep-last": "1.5" }],
    ["keep-untagged", { "keep-untagged": "all" }],
    ["older-than", { "older-than": "a month" }],
    ["older-than", { "older-than": "30" }],
    ["older-than", { "older-than": "-3d" }],
    ["older-than", { "older-than": "" }],
    ["min-age", { "min-age": "soon" }],
    ["max-deletes", { "max-deletes": "many" }],
    ["max-deletes", { "max-deletes": "" }],
    ["max-deletes", { "max-deletes": "0" }],
    ["keep-tags", { "keep-tags": "v1 latest" }],
    ["delete-tags", { "delete-tags": "*, !v1" }],
    ["max-percent", { "max-percent": "150" }],
    ["max-percent", { "max-percent": "-1" }],
    ["keep-tags", { "keep-tags": "" }],
    ["keep-tags", { "keep-tags": " ,\n " }],
    ["keep-tags", { "keep-tags": "/(/" }],
    ["keep-tags", { "keep-tags": "/v.*" }],
    ["delete-tags", { "delete-tags": "/[a-/" }],
    ["packages", { packages: "" }],
    ["packages", { packages: "/" }],
    ["protect-digests", { "protect-digests": "sha256:123" }],
    ["protect-digests", { "protect-digests": "/no/such/file" }],
    ["dry-run", { "dry-run": "yes please" }],
    ["delete-untagged", { "delete-untagged": "1" }],
    ["registry-url", { "registry-url": "ghcr.io:no:port" }],
  ])("%s is named, and nothing is deleted: %j", async (name, inputs) => {
    const { server, clean, before } = await stocked(2);
    const outcome = await clean(inputs);
    expect(failureText(outcome)).toContain(name);
    expect(outcome.failures).toHaveLength(1);
    expect(remaining(server, PATH)).toEqual(before);
    expect(changes({ server })).toEqual([]);
  });

  it("nothing to keep by needs allow-empty, and then everything old may go but the last", async () => {
    const { server, clean, before } = await stocked(3);
    const refused = await clean({ "keep-last": "0", "keep-tags": "" });
    expect(failureText(refused)).toContain("allow-empty");
    expect(remaining(server, PATH)).toEqual(before);
    const allowed = await clean({ "keep-last": "0", "keep-tags": "", "allow-empty": "true" });
    expect(allowed.failures).toEqual([]);
    expect(remaining(server, PATH)).toHaveLength(1);
  });

  it("all mistakes are named together", async () => {
    const { clean } = await stocked(1);
    const outcome = await clean({ "keep-last": "2x", "older-than": "x", "max-percent": "x" });
    expect(outcome.failures).toHaveLength(3);
  });
});

describe("guards", () => {
  it("stop above max-percent of the versions, with the share, and delete nothing", async () => {
    const { server, clean, before } = await stocked(8);
    const outcome = await clean({ "max-percent": "50" });
    expect(failureText(outcome)).toContain("max-percent");
    expect(failureText(outcome)).toMatch(/8 of 9|88|89/);
    expect(remaining(server, PATH)).toEqual(before);
  });

  it("let exactly max-percent pass", async () => {
    const { server, clean } = await stocked(8);
    const outcome = await clean({
      "max-percent": "50",
      "keep-tags": "v*, build-0, build-1, build-2, build-3",
    });
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toHaveLength(5);
  });

  it("delete no more than max-deletes, the oldest first, and say what is left", async () => {
    const { server, clean } = await stocked(8);
    const outcome = await clean({ "max-deletes": "3" });
    expect(outcome.outputs).toMatchObject({ deleted: 3, remaining: 5 });
    const tags = [...server.package(PATH).tags().keys()].toSorted();
    expect(tags).toEqual(["build-0", "build-1", "build-2", "build-3", "build-4", "v1"]);
  });

  it("count the bytes that nobody uses any more, and no others, in a dry run too", async () => {
    const { server, images, clean } = await stocked(2);
    const base = await images.blob();
    const layers = [base, await images.blob()];
    await images.manifest({ tags: ["v2"], age: "90d", layers });
    const gone = await images.manifest({ age: "90d", layers: [base, await images.blob(), base] });
    await release(images, ["pr-3"], "90d");
    const before = bytesOf(server, PATH);
    const dry = await clean({ "dry-run": "true" });
    const outcome = await clean();
    expect(gone.version.deletedAt).toBeDefined();
    expect(outcome.outputs["bytes-freed"]).toBe(before - bytesOf(server, PATH));
    expect(dry.outputs["bytes-freed"]).toBe(outcome.outputs["bytes-freed"]);
  });

  it.each([
    ["a text as in the input", '"v1,build-1"'],
    ["a list", "[v1, build-1]"],
  ])("read keep-tags of a package from %s", async (_, keepTags) => {
    const { server, clean } = await stocked(3);
    const folder = makeTempDir("rules");
    const file = path.join(folder.path, "rules.yml");
    writeFileSync(file, `packages:\n  Shop: { keep-tags: ${keepTags} }\n`);
    const outcome = await clean({ config: file });
    folder.remove();
    expect(outcome.failures).toEqual([]);
    expect([...server.package(PATH).tags().keys()].toSorted()).toEqual(["build-1", "v1"]);
  });

  it.each(['{ delete-tags: "" }', "{ delete-tags: [] }", "{ keep-tags: [latest production] }"])(
    "refuse rules of a package that would widen what goes by mistake: %s",
    async (rules) => {
      const { server, clean, before } = await stocked(2);
      const folder = makeTempDir("rules");
      const file = path.join(folder.path, "rules.yml");
      writeFileSync(file, `packages:\n  shop: ${rules}\n`);
      const outcome = await clean({ config: file });
      folder.remove();
      expect(failureText(outcome)).toMatch(/delete-tags|keep-tags/);
      expect(remaining(server, PATH)).toEqual(before);
    },
  );

  it("warn of a pattern that matches nothing", async () => {
    const { clean } = await stocked(2);
    const outcome = await clean({ "keep-tags": "v*, relaese-*" });
    expect(JSON.stringify(outcome.annotations)).toContain("relaese-*");
    expect(JSON.stringify(outcome.annotations)).not.toContain('"v*"');
  });

  it("protect nothing silently: a digest that is nowhere in the package is named", async () => {
    const { clean } = await stocked(2);
    const digest = `sha256:${"ab".repeat(32)}`;
    const outcome = await clean({ "protect-digests": digest });
    expect(failureText(outcome) + JSON.stringify(outcome.annotations)).toContain(digest.slice(0, 19));
  });

  it("read digests to protect from a file", async () => {
    const { server, images, clean } = await stocked(2);
    const deployed = await images.manifest({ tags: ["build-x"], age: "90d" });
    const folder = makeTempDir("digests");
    const file = path.join(folder.path, "deployed.txt");
    writeFileSync(file, `# what runs\n${deployed.digest}\n`);
    const outcome = await clean({ "protect-digests": file });
    folder.remove();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toContain(deployed.digest);
    expect(remaining(server, PATH)).toHaveLength(2);
  });

  it("keep versions whose times GitHub writes in a way that cannot be read", async () => {
    const { server, clean, before } = await stocked(2);
    server.intervene({ side: "api", url: /versions\?/, times: 100 }, async (pass) => {
      const answer = await pass();
      if (answer.json === undefined) return answer;
      const json = (answer.json as Record<string, unknown>[]).map((version) => ({
        ...version,
        created_at: "sometime",
        updated_at: "",
      }));
      return { ...answer, json };
    });
    await clean();
    expect(remaining(server, PATH)).toEqual(before);
  });
});
