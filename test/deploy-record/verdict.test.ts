import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Steps } from "../../actions/deploy-record/src/inputs.ts";
import { verdictOf } from "../../actions/deploy-record/src/verdict.ts";

type Step = Steps[string];
const OUTCOMES = { "+": "success", "!": "failure", "~": "cancelled", _: "skipped" } as const;

/** Steps out of words: `smoke+` succeeded, `!` failed, `~` cancelled, `_` skipped; `switch!aborted` with its result. */
function steps(words: string): Steps {
  return Object.fromEntries(
    words.split(" ").map((word): [string, Step] => {
      const [, id = "", sign = "", said] = /^([a-z-]+)([+!~_])(\w[\w-]*)?$/.exec(word) ?? [];
      const outputs: Record<string, string> =
        said === undefined ? {} : id === "hook" ? { called: said } : { result: said };
      return [id, { outcome: OUTCOMES[sign as keyof typeof OUTCOMES], outputs }];
    }),
  );
}

const WELL = { job: "success", operation: "deploy" } as const;
const judge = (words: string, more: Partial<Parameters<typeof verdictOf>[1]> = {}) =>
  verdictOf(steps(words), { ...WELL, ...more });

describe("what the steps of a deploy come to", () => {
  it.each([
    { words: "record+ secrets+ backup+ switch+deployed smoke+ purge+", result: "deployed", state: "success" },
    { words: "record+ hook+ smoke+", result: "deployed", state: "success" },
    { words: "deploy+", result: "deployed", state: "success" },
    { words: "record+ started! deploy+ smoke+", result: "deployed", state: "success" },
    {
      words: "record+ secrets_ backup_ switch+ smoke+ back-switch_ prove_",
      result: "deployed",
      state: "success",
    },
    { words: "switch+ smoke_", result: "unproven", state: "error" },
    { words: "switch+ smoke+ back-switch+ prove+", result: "rolled-back", state: "failure" },
    // Cancelled between two steps: none of them is cancelled, and the rest was skipped.
    { words: "switch+ smoke_ back-switch+ prove+", result: "rolled-back", state: "failure" },
    { words: "switch+ smoke+ purge_ back-switch+ prove+", result: "rolled-back", state: "failure" },
    { words: "switch+ smoke+ purge_ back-switch! prove_", result: "unproven", state: "error" },
    { words: "hook+ smoke_ back-hook_", result: "unproven", state: "error" },
    // Nothing was touched.
    { words: "record!", result: "not-deployed", state: "failure" },
    { words: "record+ secrets! switch_ smoke_", result: "not-deployed", state: "failure" },
    { words: "record+ backup! switch_", result: "not-deployed", state: "failure" },
    { words: "record+ backup~ switch_", result: "not-deployed", state: "inactive" },
    { words: "switch!aborted smoke_", result: "not-deployed", state: "failure" },
    { words: "hook!no smoke_", result: "not-deployed", state: "failure" },
    { words: "record+", result: "not-deployed", state: "failure" },
    // Taken back, and proven.
    { words: "switch!rolled-back smoke_ prove_", result: "rolled-back", state: "failure" },
    { words: "switch!rolled-back prove+", result: "rolled-back", state: "failure" },
    { words: "switch+ smoke! back-switch+ prove+", result: "rolled-back", state: "failure" },
    { words: "switch+ smoke! back-switch+ prove_", result: "rolled-back", state: "failure" },
    { words: "switch+ smoke+ purge! back-switch+ prove+", result: "rolled-back", state: "failure" },
    { words: "switch+ smoke~ back-switch+ prove+", result: "rolled-back", state: "failure" },
    { words: "hook+ smoke! back-hook+ prove+", result: "rolled-back", state: "failure" },
    { words: "deploy! back+ prove+", result: "rolled-back", state: "failure" },
    { words: "switch~ back-switch+ prove+", result: "rolled-back", state: "failure" },
    { words: "hook!unknown back-hook+ prove+", result: "rolled-back", state: "failure" },
    // Nobody knows.
    { words: "switch+ smoke!", result: "unproven", state: "error" },
    { words: "switch+ smoke! back-switch!", result: "unproven", state: "error" },
    { words: "switch+ smoke! back-switch~", result: "unproven", state: "error" },
    { words: "switch+ smoke! back-switch+ prove!", result: "unproven", state: "error" },
    { words: "switch!rolled-back prove!", result: "unproven", state: "error" },
    { words: "switch!error", result: "unproven", state: "error" },
    { words: "switch~", result: "unproven", state: "error" },
    { words: "hook+ smoke! back-hook+ prove_", result: "unproven", state: "error" },
    { words: "hook!unknown", result: "unproven", state: "error" },
    { words: "hook!yes", result: "unproven", state: "error" },
    { words: "deploy!", result: "unproven", state: "error" },
    { words: "deploy! back+", result: "unproven", state: "error" },
  ])("$words: $result", ({ words, result, state }) => {
    expect(judge(words)).toMatchObject({ result, state });
  });

  it.each(["cancelled", "failure"] as const)("is no success in a job with the status %s", (job) => {
    expect(judge("switch+ smoke+ purge_", { job })).toMatchObject({
      result: "unproven",
      state: "error",
    });
    expect(judge("switch+ smoke_ back-switch+ prove+", { job }).result).toBe("rolled-back");
    expect(judge("record+ switch_ smoke_", { job }).status).toBe(job);
  });

  it.each([
    { words: "switch+ smoke+ purge+", result: "deployed", status: "success" },
    { words: "switch+ smoke+ purge!", result: "deployed", status: "failure" },
    { words: "switch+ smoke! purge_", result: "unproven", status: "failure" },
    { words: "switch+ smoke+ purge! else!", result: "unproven", status: "failure" },
    { words: "switch+ smoke_ purge_", result: "unproven", status: "failure" },
  ])("of a rollback, which nothing takes back: $words: $result", ({ words, result, status }) => {
    expect(judge(words, { operation: "rollback" })).toMatchObject({ result, status });
  });

  const word = fc
    .tuple(
      fc.constantFrom(
        ...["record", "secrets", "backup", "switch", "hook", "deploy", "smoke", "purge"],
        ...["back-switch", "back-hook", "back", "prove", "else"],
      ),
      fc.constantFrom("+", "!", "~", "_"),
      fc.constantFrom("", "aborted", "rolled-back", "deployed", "no", "yes"),
    )
    .map((parts) => parts.join(""));
  const anySteps = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => steps(words.join(" ")));

  it("is a success only when something brought it live and nothing about it failed", () => {
    fc.assert(
      fc.property(anySteps, (given) => {
        const { state, result } = verdictOf(given, WELL);
        if (state !== "success") return;
        expect(result).toBe("deployed");
        const about = Object.entries(given).filter(([id]) => !/^(back|prove|record)/.test(id));
        expect(about.filter(([, { outcome }]) => /failure|cancelled/.test(outcome))).toEqual([]);
        const forward = ["switch", "hook", "deploy"].map((id) => given[id]?.outcome);
        expect(forward).toContain("success");
        const back = ["back-switch", "back-hook", "back"].map((id) => given[id]?.outcome ?? "skipped");
        expect(new Set([...back, given["smoke"]?.outcome === "skipped" ? "unseen" : "skipped"])).toEqual(
          new Set(["skipped"]),
        );
      }),
    );
  });

  it("says that the old version is back only when no step of the way back failed", () => {
    fc.assert(
      fc.property(anySteps, (given) => {
        if (verdictOf(given, WELL).result !== "rolled-back") return;
        for (const id of ["back-switch", "back-hook", "back", "prove"])
          expect(["failure", "cancelled"]).not.toContain(given[id]?.outcome);
      }),
    );
  });

  it("says that nothing was touched only when no step may have touched it", () => {
    fc.assert(
      fc.property(anySteps, (given) => {
        if (verdictOf(given, WELL).result !== "not-deployed") return;
        for (const id of ["switch", "hook", "deploy"]) expect(given[id]?.outcome).not.toBe("success");
      }),
    );
  });
});
