import { describe, expect, it } from "vitest";
import type { names } from "../fixtures/edge/behaviours.ts";
import { annotationsOf, reportOf, runEdge } from "./edge.ts";

const BUG =
  "This is a bug in edge, not a mistake of yours. Report it with the log of this step; it holds no secret.";

/** What a user sees first of a run. */
async function ended(behaviour: (typeof names)[number], inputs: Readonly<Record<string, string>> = {}) {
  const result = await runEdge(behaviour, { inputs }).done;
  return { ...result, report: reportOf(result), said: annotationsOf(result) };
}

describe.concurrent("an action that comes to its end", () => {
  it("and has no failures exits 0", async () => {
    const { exitCode, conclusion, outputs, said, report, stderr } = await ended("succeed");
    expect([exitCode, conclusion, outputs["result"], stderr]).toEqual([0, "success", "passed", ""]);
    expect(said).toEqual(["notice edge: for your information"]);
    expect(report).toMatchObject({
      action: "edge",
      result: "passed",
      failures: [],
      left: [],
      detail: { n: 1 },
    });
  });

  it("and has failures exits 1, with an error for each at its place", async () => {
    const { exitCode, outputs, annotations, report } = await ended("fail");
    expect([exitCode, outputs["result"]]).toEqual([1, "failed"]);
    expect(annotations).toMatchObject([
      { level: "error", title: "check one", message: "It is red. Paint it.", file: "a.yml", line: 3, col: 5 },
      { level: "error", title: "check two", message: "It is 100% red,\nreally." },
    ]);
    expect(report.failures).toEqual([
      {
        title: "check one",
        message: "It is red.",
        hint: "Paint it.",
        where: { file: "a.yml", line: 3, column: 5 },
      },
      { title: "check two", message: "It is 100% red,\nreally." },
    ]);
  });

  it("by mistakes in several inputs names them all, and does nothing", async () => {
    const { exitCode, said, report, summary } = await ended("succeed", { timeout: "soon", retries: "2x" });
    expect(exitCode).toBe(1);
    expect(said).toEqual([
      'error edge: input timeout: must be a duration such as 500ms, 30s, 5m, 1h30m or 2d. It is "soon".',
      'error edge: input retries: must be a whole number of at least 0. It is "2x".',
    ]);
    expect(report.failures.map(({ where }) => where)).toEqual([{ input: "timeout" }, { input: "retries" }]);
    expect(summary).toContain("### ❌ edge: error");
    expect(report.result).toBe("error");
  });

  it("by a mistake of the user says it without a stack", async () => {
    const { exitCode, said, stdout, stderr, summary } = await ended("user-error");
    expect(exitCode).toBe(1);
    expect(said).toEqual(["error edge: config.yml: no such file. Check the path."]);
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
    expect(summary).toContain("<code>config.yml:1</code> config.yml: no such file. Check the path.");
  });

  it("by several mistakes of the user says each", async () => {
    const { exitCode, said, report } = await ended("user-errors");
    expect(exitCode).toBe(1);
    expect(said).toEqual([
      "error edge: first is wrong. Mend first.",
      "error edge: second is wrong. Mend second.",
      "error edge: third is wrong. Mend third.",
    ]);
    expect(report.failures.map(({ hint }) => hint)).toEqual(["Mend first.", "Mend second.", "Mend third."]);
  });

  it("by a bug says that it is one, with the stack in the log", async () => {
    const { exitCode, said, log, report } = await ended("bug");
    expect(exitCode).toBe(1);
    expect(said).toEqual([
      `error edge: internal error: TypeError: Cannot read properties of null (reading 'field'). ${BUG}`,
    ]);
    expect(log).toMatch(/^TypeError: Cannot read .*\n {4}at .*behaviours\.ts:/m);
    expect(report.result).toBe("error");
  });

  it("by throwing what is no error says so all the same", async () => {
    const { exitCode, said } = await ended("throw-text");
    expect(exitCode).toBe(1);
    expect(said).toEqual([`error edge: internal error: just text. ${BUG}`]);
  });
});

describe.concurrent("an action that goes wrong behind the work's back", () => {
  it.each([
    ["timer-exception", "thrown in a timer"],
    ["stray-rejection", "rejected and forgotten"],
  ] as const)("by a %s exits 1, says it with the stack, and cleans up", async (behaviour, message) => {
    const { exitCode, said, log, report } = await ended(behaviour);
    expect(exitCode).toBe(1);
    expect(said).toEqual([`error edge: internal error: RangeError: ${message}. ${BUG}`]);
    expect(log).toMatch(new RegExp(`^RangeError: ${message}\\n {4}at .*behaviours\\.ts:`, "m"));
    expect(log).toContain("scratch undone");
    expect(report.left).toEqual([]);
  });

  it("fails though the work itself comes to a good end, and keeps what the work found", async () => {
    const { exitCode, outputs, said, summary } = await ended("stray-but-passed");
    expect([exitCode, outputs["result"]]).toEqual([1, "error"]);
    expect(said).toEqual([`error edge: internal error: RangeError: rejected and forgotten. ${BUG}`]);
    expect(summary).toMatch(/^### ❌ edge: error\n[\s\S]*### ✅ edge: passed/);
  });

  it("by waiting for nothing exits 1 at once, whatever the timeout, and cleans up", async () => {
    const { exitCode, said, log, report } = await ended("stuck", { timeout: "1h" });
    expect(exitCode).toBe(1);
    expect(said).toEqual([
      `error edge: internal error: Error: the work waits for something that can never happen. ${BUG}`,
    ]);
    expect(log).toContain("scratch undone");
    expect(report.left).toEqual([]);
  });

  it("by a clean-up that waits for nothing exits 1, and says what is left", async () => {
    const { exitCode, said, report } = await ended("stuck-in-undo");
    expect(exitCode).toBe(1);
    expect(said).toContain("warning edge: Not cleaned up: scratch.");
    expect(report).toMatchObject({ result: "error", left: ["scratch"] });
  });

  it("by never ending is stopped at its timeout", async () => {
    const { exitCode, said, report } = await ended("busy", { timeout: "100ms" });
    expect(exitCode).toBe(1);
    expect(said).toEqual([
      "error edge: The timeout of 100 ms ended before the work was done. Raise the input 'timeout', or see in the log what took so long.",
    ]);
    expect(report.failures[0]?.where).toEqual({ input: "timeout" });
    expect(report.result).toBe("error");
  });
});

describe.concurrent("what was registered to be undone", () => {
  it("is undone in reverse order; what fails is told and keeps nothing else from being undone", async () => {
    const { exitCode, log, said, report } = await ended("undo");
    expect(log.match(/undone \w/g)).toEqual(["undone c", "undone a"]);
    expect(said).toEqual(["warning edge: Not cleaned up: scratch b (Error: the server is gone)."]);
    expect(report.left).toEqual(["scratch b (Error: the server is gone)"]);
    expect(exitCode).toBe(0);
  });
});
