import { describe, expect, it } from "vitest";
import { some } from "../support/effort.ts";
import type { Intervention } from "../support/github-packages/server.ts";
import { PATH, type Setting, setUp } from "./setting.ts";
import { digests, missingParts, release, remaining } from "./stock.ts";

const only = { "delete-tags": "pr-*, build-*" };

/** Releases that stay and go, one of which loses a tag, and leftovers of builds; and what must be left in the end. */
async function stocked() {
  const setting = await setUp({ registry: "memory" });
  const { images } = setting;
  const kept = await release(images, ["v1.0.0"], "90d");
  const promoted = await release(images, ["v2.0.0", "pr-7"], "80d");
  await release(images, ["build-1"], "100d");
  await release(images, ["build-2", "pr-8"], "70d");
  await images.manifest({ age: "60d" });
  return { ...setting, left: digests([...kept.all, ...promoted.all]) };
}

function expectDone({ server }: Setting, left: readonly string[]): void {
  expect(missingParts(server, PATH)).toEqual([]);
  expect(remaining(server, PATH)).toEqual(left);
  expect([...server.package(PATH).tags().keys()].filter((tag) => /^(pr|build)-/.test(tag))).toEqual([]);
}

/** The steps of a run that nothing disturbs: one a request. */
async function steps(): Promise<number[]> {
  const setting = await stocked();
  const outcome = await setting.clean(only);
  expect(outcome.failures).toEqual([]);
  expectDone(setting, setting.left);
  return setting.server.journal.map((_, step) => step);
}

describe("at every step", () => {
  it("it can be cancelled, before and after the server has done its part: nothing breaks, and the next run ends it", async () => {
    for (const step of some(9, await steps())) {
      for (const order of ["before", "after"] as const) {
        const setting = await stocked();
        const cancelled = new AbortController();
        setting.server.intervene({ skip: step }, async (pass) => {
          if (order === "before") cancelled.abort(new Error("cancelled"));
          const answer = await pass();
          if (order === "after") cancelled.abort(new Error("cancelled"));
          return answer;
        });
        await setting.clean(only, { signal: cancelled.signal });
        expect(missingParts(setting.server, PATH), `cancelled ${order} step ${step}`).toEqual([]);
        expect(remaining(setting.server, PATH)).toEqual(expect.arrayContaining(setting.left));
        const next = await setting.clean(only);
        expect(next.failures, `cancelled ${order} step ${step}`).toEqual([]);
        expectDone(setting, setting.left);
      }
    }
  }, 120_000);

  const troubles: readonly (readonly [string, Intervention])[] = [
    ["the server fails", () => ({ status: 502, body: "<html>Bad Gateway</html>" })],
    ["the connection is lost before", () => "drop"],
    [
      "the connection is lost after",
      async (pass) => {
        await pass();
        return "drop" as const;
      },
    ],
    ["it is too much", () => ({ status: 429, headers: { "retry-after": "3" }, body: "" })],
    [
      "half of an answer comes",
      async (pass) => {
        const { body, json, ...answer } = await pass();
        const whole = json === undefined ? Buffer.from(body ?? "") : Buffer.from(JSON.stringify(json));
        return { ...answer, body: whole.subarray(0, whole.length / 2) };
      },
    ],
  ];
  it.each(troubles)(
    "%s: nothing breaks, and it or the next run gets to the end",
    async (_, trouble) => {
      for (const step of some(5, await steps())) {
        const setting = await stocked();
        setting.server.intervene({ skip: step }, trouble);
        await setting.clean(only);
        expect(missingParts(setting.server, PATH), `trouble at step ${step}`).toEqual([]);
        expect(remaining(setting.server, PATH)).toEqual(expect.arrayContaining(setting.left));
        const next = await setting.clean(only);
        expect(next.failures, `trouble at step ${step}`).toEqual([]);
        expectDone(setting, setting.left);
      }
    },
    120_000,
  );

  it("somebody else may delete what is to go", async () => {
    for (const step of some(6, await steps())) {
      const setting = await stocked();
      const { server, clock } = setting;
      setting.server.intervene({ skip: step }, async (pass) => {
        const target = server.package(PATH);
        const going = target
          .list("active", clock.now())
          .filter(({ digest }) => !setting.left.includes(digest));
        for (const { id } of going.slice(0, 3)) target.delete(id, clock.now());
        return pass();
      });
      const outcome = await setting.clean(only);
      expect(outcome.failures, `at step ${step}`).toEqual([]);
      expectDone(setting, setting.left);
    }
  }, 120_000);

  it("somebody else may promote what is to go: it stays whole, unless it was gone already", async () => {
    for (const step of some(6, await steps())) {
      const setting = await stocked();
      const { server, images } = setting;
      const target = server.package(PATH);
      const build = target.lookUp("build-1")!;
      let promoted = false;
      setting.server.intervene({ skip: step }, async (pass) => {
        if (target.lookUp(build.digest) === undefined || missingParts(server, PATH).length > 0) return pass();
        await images.push(build.mediaType, { tags: ["production"] }, build.bytes);
        promoted = true;
        return pass();
      });
      await setting.clean(only);
      if (!promoted) continue;
      // Deleting is not atomic on GitHub: only between the last look and the deletion can a tag come too late.
      const late = server.journal[step]?.method === "DELETE";
      if (!late) expect(target.tags().get("production"), `promoted at step ${step}`).toBe(build.digest);
      if (!late) expect(missingParts(server, PATH)).toEqual([]);
    }
  }, 120_000);
});
