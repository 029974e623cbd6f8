import { describe, expect, it } from "vitest";
import { failureText } from "./run-here.ts";
import { changes, PATH, setUp } from "./setting.ts";
import { remaining } from "./stock.ts";

const MINUTE = 60_000;

/** A package with one release and so many old builds. */
async function stocked(builds: number) {
  const setting = await setUp({ registry: "memory" });
  const keeper = await setting.images.manifest({ tags: ["v1"], age: "90d" });
  for (let number = 0; number < builds; number += 1)
    await setting.images.manifest({ age: `${40 + number}d` });
  return { ...setting, keeper };
}

/** The most calls of a kind in any minute, by the server's clock. */
function mostInAMinute(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + MINUTE).length));
}

describe("GitHub's limits", () => {
  it("are kept: no more than 180 changes a minute, one after the other", async () => {
    const { server, keeper, clean } = await stocked(400);
    const outcome = await clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([keeper.digest]);
    const deletions = server.journal.filter(({ method }) => method === "DELETE").map(({ at }) => at);
    expect(deletions).toHaveLength(400);
    expect(mostInAMinute(deletions)).toBeLessThanOrEqual(180);
  });

  it.each([403, 429])("a secondary limit (%i) is waited out as long as it says", async (status) => {
    const { server, keeper, clean, clock } = await stocked(10);
    server.intervene({ method: "DELETE", skip: 3 }, () => ({ ...server.limits.block(90).answer(), status }));
    const started = clock.slept();
    const outcome = await clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([keeper.digest]);
    expect(clock.slept() - started).toBeGreaterThanOrEqual(90_000);
  });

  it("a secondary limit that does not say how long is waited out for a minute, then longer", async () => {
    const { server, keeper, clean } = await stocked(5);
    const message =
      "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    server.intervene({ method: "DELETE", times: 2 }, () => ({ status: 403, json: { message } }));
    const outcome = await clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([keeper.digest]);
    const [first, second, third] = server.journal
      .filter(({ method }) => method === "DELETE")
      .map(({ at }) => at);
    expect(second! - first!).toBeGreaterThanOrEqual(MINUTE);
    expect(third! - second!).toBeGreaterThan(second! - first!);
  });

  it("stop it before the budget is spent, with what is left told, and the next run does the rest", async () => {
    const { server, keeper, clean } = await stocked(40);
    server.limits.leave(20, 50 * MINUTE);
    const first = await clean({ timeout: "5m" });
    const left = remaining(server, PATH).length;
    expect(left).toBeGreaterThan(1);
    expect(left).toBeLessThan(41);
    expect(Number(first.outputs["remaining"])).toBe(left - 1);
    server.limits.leave(5_000, 60 * MINUTE);
    const second = await clean();
    expect(second.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([keeper.digest]);
    expect(second.outputs["remaining"]).toBe(0);
  });

  it.each([500, 502, 503])("an answer %i is tried again, in reading and in deleting", async (status) => {
    const { server, keeper, clean } = await stocked(5);
    const trouble = () => ({ status, body: "<html>Unicorn!</html>" });
    server.intervene({ side: "api", url: /versions\?/ }, trouble);
    server.intervene({ side: "registry", url: /manifests/, skip: 1 }, trouble);
    server.intervene({ method: "DELETE", skip: 2, times: 2 }, trouble);
    const outcome = await clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([keeper.digest]);
  });

  it("the registry's own limit is waited out", async () => {
    const { server, keeper, clean } = await stocked(5);
    server.intervene({ side: "registry", url: /manifests/, skip: 2, times: 3 }, () => ({
      status: 429,
      headers: { "retry-after": "7" },
      json: { errors: [{ code: "TOOMANYREQUESTS", message: "retry-after: 7s" }] },
    }));
    const outcome = await clean();
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([keeper.digest]);
  });

  it("a manifest that cannot be read for long keeps everything", async () => {
    const { server, clean } = await stocked(5);
    const before = remaining(server, PATH);
    const digest = server.package(PATH).list("active", 0).at(2)?.digest ?? "";
    server.intervene({ side: "registry", url: new RegExp(digest), times: 1_000 }, () => ({ status: 500 }));
    const outcome = await clean();
    expect(remaining(server, PATH)).toEqual(before);
    expect(failureText(outcome) + outcome.log + JSON.stringify(outcome.annotations)).toContain(
      digest.slice(0, 19),
    );
    expect(changes({ server })).toEqual([]);
  });
});
