import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  beforeLive,
  type Entry,
  isUncertain,
  liveIn,
  provenIn,
  rollbackTarget,
  stateOf,
} from "../../shared/deployments/history.ts";
import { shaOf } from "../support/github-repository/commits.ts";

/** Records out of words, oldest first: `v1` deployed, `<v1` rolled back to, `!v1` failed, `?v1` with an unknown end. */
function history(words: string, complete = true) {
  const entries = words
    .split(" ")
    .filter((word) => word !== "")
    .map((word, index): Entry => {
      const [, sign = "", version = ""] = /^([<!?]?)(.+)$/.exec(word) ?? [];
      return {
        "deploy-record": 1,
        id: index,
        version,
        sha: shaOf(version),
        run: "1/1",
        operation: sign === "<" ? "rollback" : "deploy",
        state: sign === "!" ? "failed" : sign === "?" ? "open" : "succeeded",
      };
    })
    .reverse();
  return { entries, complete };
}

describe("the state of a deployment", () => {
  it.each([
    [["success", "in_progress"], "succeeded"],
    [["inactive", "success", "in_progress"], "succeeded"],
    [["failure", "success"], "succeeded"],
    [["failure", "in_progress"], "failed"],
    [["inactive"], "failed"],
    [["error", "in_progress"], "open"],
    [["in_progress"], "open"],
    [["queued"], "open"],
    [[], "open"],
  ] as const)("%j, newest first, is %s", (states, expected) => {
    expect(stateOf(states)).toBe(expected);
  });
});

describe("what a rollback goes to", () => {
  it.each([
    { words: "", target: undefined },
    { words: "v1", target: undefined },
    { words: "v1 v2", target: "v1" },
    { words: "v1 v2 !v3", target: "v1" },
    { words: "!v1 v2", target: undefined },
    { words: "v1 v2 <v1", target: undefined },
    { words: "v1 v2 v3 <v2", target: "v1" },
    { words: "v1 v2 <v1 v3", target: "v1" },
    { words: "v0 v1 v2 <v1", target: "v0" },
    { words: "v1 v2 <v1 v2", target: "v1" },
    { words: "v1 v2 v2 v2", target: "v1" },
    { words: "v1 v2 v3 <v2 v2", target: "v1" },
    { words: "v1 v2 v3 <v1 <v2", target: "v1" },
    { words: "v1 v2 ?v3", target: "v2" },
    { words: "v1 ?v1", target: "v1" },
    { words: "?v1", target: undefined },
    { words: "v1 v2 ?v3 !v4", target: "v2" },
    { words: "v1 ?v2 v3", target: "v1" },
  ])("after '$words' it is $target", ({ words, target }) => {
    expect(rollbackTarget(history(words))?.version).toBe(target);
  });

  const words = fc
    .array(fc.tuple(fc.constantFrom("", "<", "!", "?"), fc.constantFrom("v1", "v2", "v3", "v4")), {
      maxLength: 14,
    })
    .map((list) => list.map((pair) => pair.join("")).join(" "));

  it("has succeeded before, and is never what is live, unless nobody knows what is", () => {
    fc.assert(
      fc.property(words, (text) => {
        const records = history(text);
        const target = rollbackTarget(records);
        if (target === undefined) return;
        expect(target.state).toBe("succeeded");
        if (!isUncertain(records)) expect(target.version).not.toBe(liveIn(records)?.version);
      }),
    );
  });

  it("is the same however little of the past was read", () => {
    fc.assert(
      fc.property(words, fc.nat(14), (text, count) => {
        const whole = history(text);
        const part = beforeLive({ entries: whole.entries.slice(0, count), complete: false });
        if (part !== undefined) expect(part).toBe(beforeLive(whole));
      }),
    );
  });

  it("comes back to the same version after a deploy that was rolled back", () => {
    fc.assert(
      fc.property(words, (text) => {
        const before = history(text);
        const live = liveIn(before);
        if (live === undefined || isUncertain(before)) return;
        const again = history(`${text} bad <${live.version} v9`);
        expect(rollbackTarget(again)?.version).toBe(live.version);
        expect(rollbackTarget(history(`${text} bad <${live.version}`))?.version).toBe(
          rollbackTarget(before)?.version,
        );
      }),
    );
  });

  it("finds the newest success of a version, of which there may be several", () => {
    expect(provenIn(history("v1 v2 v1 !v1"), "v1")?.id).toBe(2);
    expect(provenIn(history("!v1 ?v1"), "v1")).toBeUndefined();
  });
});
