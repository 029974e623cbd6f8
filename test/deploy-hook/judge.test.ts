import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attempt } from "../../actions/deploy-hook/src/attempt.ts";
import { judge } from "../../actions/deploy-hook/src/judge.ts";

const answered = (status: number, retryAfterMs?: number): Attempt => ({
  ...{ kind: "answered", status, text: "", retryAfterMs, redirect: undefined },
});
const unanswered = (left: boolean, lasting = false): Attempt => ({
  ...{ kind: "unanswered", left, lasting, why: "the connection was reset", hint: "See." },
});

describe("what an attempt means", () => {
  it.each<[string, Attempt, string, string, boolean]>([
    ["200", answered(200), "accepted", "yes", false],
    ["202", answered(202), "accepted", "yes", false],
    ["204", answered(204), "accepted", "yes", false],
    ["101", answered(101), "unclear", "unknown", false],
    ["301", answered(301), "unclear", "unknown", false],
    ["302", answered(302), "unclear", "unknown", false],
    ["303", answered(303), "unclear", "unknown", false],
    ["304", answered(304), "unclear", "unknown", false],
    ["307", answered(307), "refused", "no", false],
    ["308", answered(308), "refused", "no", false],
    ["400", answered(400), "refused", "no", false],
    ["401", answered(401), "refused", "no", false],
    ["404", answered(404), "refused", "no", false],
    ["408", answered(408), "unclear", "unknown", false],
    ["409", answered(409), "refused", "no", false],
    ["429", answered(429), "refused", "no", false],
    ["429 with Retry-After", answered(429, 2_000), "refused", "no", true],
    ["500", answered(500), "unclear", "unknown", false],
    ["502", answered(502), "unclear", "unknown", false],
    ["503 with Retry-After", answered(503, 2_000), "unclear", "unknown", false],
    ["504", answered(504), "unclear", "unknown", false],
    ["599", answered(599), "unclear", "unknown", false],
    ["a break after it may have left", unanswered(true), "unclear", "unknown", false],
    ["a lasting break after it may have left", unanswered(true, true), "unclear", "unknown", false],
    ["no connection", unanswered(false), "not-sent", "no", true],
    ["a wrong certificate", unanswered(false, true), "not-sent", "no", false],
  ])("%s", (_what, attempt, kind, called, again) => {
    const verdict = judge(attempt);
    expect([verdict.kind, verdict.called, verdict.again !== undefined]).toEqual([kind, called, again]);
  });

  it("never asks for a second call unless the first was provably not taken", () => {
    const attempts = fc.oneof(
      fc.record({
        kind: fc.constant("answered" as const),
        status: fc.integer({ min: 100, max: 999 }),
        text: fc.string(),
        retryAfterMs: fc.option(fc.nat(), { nil: undefined }),
        redirect: fc.option(fc.string(), { nil: undefined }),
      }),
      fc.record({
        kind: fc.constant("unanswered" as const),
        left: fc.boolean(),
        lasting: fc.boolean(),
        why: fc.string(),
        hint: fc.string(),
      }),
    );
    fc.assert(
      fc.property(attempts, (attempt) => {
        const verdict = judge(attempt);
        const provablyNot =
          attempt.kind === "answered"
            ? attempt.status === 429 && attempt.retryAfterMs !== undefined
            : !attempt.left;
        if (verdict.again !== undefined) expect(provablyNot).toBe(true);
        if (verdict.called === "yes")
          expect(attempt.kind === "answered" && attempt.status >= 200 && attempt.status < 300).toBe(true);
        if (attempt.kind === "unanswered" && attempt.left) expect(verdict.called).toBe("unknown");
      }),
    );
  });
});
