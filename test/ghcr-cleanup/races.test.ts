import { describe, expect, it } from "vitest";
import { type Image, Images } from "../support/github-packages/images.ts";
import { needs } from "../support/needs.ts";
import { failureText } from "./run-here.ts";
import { changes, PATH, setUp } from "./setting.ts";
import { digests, release, remaining } from "./stock.ts";

/** A tag comes to an image that is there already, as promoting a build does it. */
function promote(setting: Awaited<ReturnType<typeof setUp>>, { version }: Image, tag: string) {
  return setting.images.push(version.mediaType, { tags: [tag] }, version.bytes);
}

describe("while somebody else is at work", needs("docker-registry"), () => {
  it("saves an image that gets a tag between the plan and the deletion", async () => {
    const setting = await setUp();
    const { server, images } = setting;
    const stays = await images.manifest({ tags: ["v1"], age: "90d" });
    const build = await release(images, ["pr-1"], "90d");
    // The listing is done once the first manifest is asked for.
    server.intervene({ side: "registry", url: /manifests/ }, async (pass) => {
      await promote(setting, build.index, "production");
      return pass();
    });
    await setting.clean();
    expect(remaining(server, PATH)).toEqual(digests([stays, ...build.all]));
  });

  it("saves an image that gets a tag while others are being deleted", async () => {
    const setting = await setUp();
    const { server, images } = setting;
    const stays = await images.manifest({ tags: ["v1"], age: "90d" });
    const builds: Image[] = [];
    for (let number = 0; number < 6; number += 1)
      builds.push(await images.manifest({ tags: [`pr-${number}`], age: `${100 + number}d` }));
    let saved: Image | undefined;
    server.intervene({ method: "DELETE" }, async (pass) => {
      const answer = await pass();
      saved = builds.filter(({ version }) => version.deletedAt === undefined).at(-1);
      if (saved !== undefined) await promote(setting, saved, "production");
      return answer;
    });
    await setting.clean();
    const left = remaining(server, PATH);
    expect(left).toContain(stays.digest);
    expect(left).toContain(saved?.digest);
  });

  it.each([
    ["a limit is waited out", 429, 1],
    ["GitHub does not answer", 502, 2],
  ])(
    "saves an image that gets a tag while %s between the look and the deletion",
    async (_, status, times) => {
      const setting = await setUp();
      const { server, images } = setting;
      const stays = await images.manifest({ tags: ["v1"], age: "90d" });
      const build = await release(images, ["pr-1"], "90d");
      server.intervene({ method: "DELETE", times }, async () => {
        await promote(setting, build.index, "production");
        return { status, headers: status === 429 ? { "retry-after": "600" } : {}, json: { message: "no" } };
      });
      const outcome = await setting.clean();
      expect(outcome.failures).toEqual([]);
      expect(remaining(server, PATH)).toEqual(digests([stays, ...build.all]));
    },
  );

  it("saves children that a new index takes over while the plan is made", async () => {
    const setting = await setUp();
    const { server, images } = setting;
    const stays = await images.manifest({ tags: ["v1"], age: "90d" });
    const { index, children } = await images.multiArch({ tags: ["pr-1"], age: "90d" });
    let promoted: Image | undefined;
    server.intervene({ side: "registry", url: /manifests/ }, async (pass) => {
      promoted = await images.index([children[0]!.descriptor], { tags: ["production"] });
      return pass();
    });
    await setting.clean();
    const left = remaining(server, PATH);
    expect(left).toEqual(expect.arrayContaining(digests([stays, children[0]!, promoted!])));
    expect(left).not.toContain(index.digest);
  });

  it("saves what is taken over while another package is cleaned", async () => {
    const setting = await setUp();
    const { server, images } = setting;
    const stays = await images.manifest({ tags: ["v1"], age: "90d" });
    const { index, children } = await images.multiArch({ tags: ["pr-1"], age: "90d" });
    const first = new Images(server, "acme/base");
    await first.manifest({ tags: ["v1"], age: "90d" });
    await first.manifest({ tags: ["pr-1"], age: "90d" });
    let taken: Image | undefined;
    server.intervene({ method: "DELETE", url: /base/ }, async (pass) => {
      taken = await images.index([children[0]!.descriptor], { tags: ["production"] });
      return pass();
    });
    const outcome = await setting.clean({ packages: "base, shop" });
    expect(outcome.failures).toEqual([]);
    const left = remaining(server, PATH);
    expect(left).toEqual(expect.arrayContaining(digests([stays, children[0]!, taken!])));
    expect(left).not.toContain(index.digest);
  });

  it("saves what a push takes over that comes while it deletes for minutes", async () => {
    const setting = await setUp({ registry: "memory" });
    const { server, images } = setting;
    const stays = await images.manifest({ tags: ["v1"], age: "90d" });
    for (let number = 0; number < 100; number += 1) await images.manifest({ age: `${60 + number}d` });
    // The youngest goes last.
    const { index, children } = await images.multiArch({ tags: ["pr-1"], age: "31d" });
    let taken: Image | undefined;
    server.intervene({ method: "DELETE", skip: 5 }, async (pass) => {
      taken = await images.index([children[0]!.descriptor], { tags: ["production"] });
      return pass();
    });
    const outcome = await setting.clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual(digests([stays, children[0]!, taken!]));
    expect(index.version.deletedAt).toBeDefined();
  });

  it("does not go on when somebody else deletes so much that its part comes to more than max-percent", async () => {
    const setting = await setUp({ registry: "memory" });
    const { server, images, clock } = setting;
    const first = new Images(server, "acme/base");
    await first.manifest({ tags: ["v1"], age: "90d" });
    await first.manifest({ tags: ["pr-1"], age: "90d" });
    const kept: Image[] = [];
    for (let number = 0; number < 5; number += 1) {
      kept.push(await images.manifest({ tags: [`v${number}`], age: "90d" }));
      await images.manifest({ tags: [`pr-${number}`], age: "90d" });
    }
    server.intervene({ method: "DELETE", url: /base/ }, async (pass) => {
      for (const { version } of kept.slice(2)) server.package(PATH).delete(version.id, clock.now());
      return pass();
    });
    const outcome = await setting.clean({ packages: "base, shop", "max-percent": "50" });
    expect(failureText(outcome)).toContain("max-percent");
    expect(remaining(server, PATH)).toHaveLength(7);
  });

  it("reads a listing again that shifts while it is read", async () => {
    const setting = await setUp({ registry: "memory" });
    const { server, images } = setting;
    const shared = await images.manifest({ age: "300d" });
    for (let number = 0; number < 120; number += 1) await images.manifest({ age: `${40 + number}d` });
    const index = await images.index([shared.descriptor], { tags: ["v1"], age: "35d" });
    const victim = await images.manifest({ age: "31d" });
    // One that was on the first page goes, and the first of the second page comes to stand on the first.
    server.intervene({ side: "api", url: /[?&]page=2/ }, async (pass) => {
      server.package(PATH).delete(victim.version.id, setting.clock.now());
      return pass();
    });
    const outcome = await setting.clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual(digests([shared, index]));
  });

  it("is content with what another cleaner has deleted before it", async () => {
    const setting = await setUp();
    const { server, images } = setting;
    const stays = await images.manifest({ tags: ["v1"], age: "90d" });
    const builds = [await images.manifest({ age: "90d" }), await images.manifest({ age: "91d" })];
    server.intervene({ method: "DELETE" }, async (pass) => {
      for (const { version } of builds)
        if (version.deletedAt === undefined) server.package(PATH).delete(version.id, setting.clock.now());
      return pass();
    });
    const outcome = await setting.clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([stays.digest]);
  });

  it("takes a deletion for done whose answer was lost", async () => {
    const setting = await setUp();
    const { server, images } = setting;
    const stays = await images.manifest({ tags: ["v1"], age: "90d" });
    await images.manifest({ age: "90d" });
    await images.manifest({ age: "91d" });
    server.intervene({ method: "DELETE" }, async (pass) => {
      await pass();
      return "drop" as const;
    });
    const outcome = await setting.clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([stays.digest]);
    expect(changes(setting).length).toBeLessThanOrEqual(3);
  });
});
