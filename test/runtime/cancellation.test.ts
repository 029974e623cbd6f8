import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { isRunning } from "../support/is-running.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { annotationsOf, reportOf, runEdge } from "./edge.ts";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
// The contract: gone within 7 s, because the runner kills after 10 s.
const CONTRACT_MS = 7_000;

describe.concurrent("a cancelled action", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "stops by %s, undoes what it did, and reports it",
    async (signal) => {
      const running = runEdge("wait");
      await running.ready;
      running.kill(signal);
      const result = await running.done;
      expect([result.exitCode, result.signal]).toEqual([EXIT_CODES[signal], null]);
      expect(annotationsOf(result)).toEqual([
        `error edge: Cancelled (${signal}). The workflow run was cancelled.`,
      ]);
      expect(result.log.match(/\w+ undone/g)).toEqual(["second undone", "first undone"]);
      expect(result.outputs["result"]).toBe("cancelled");
      expect(result.summary).toContain("### ⏹️ edge: cancelled");
      // An abort makes promises reject that nobody awaits: no bug.
      expect(result.log).not.toMatch(/AbortError|internal error|^\s+at /m);
      expect(reportOf(result)).toMatchObject({ result: "cancelled", left: [] });
    },
  );

  it("keeps the first signal's word when the second follows", async () => {
    const running = runEdge("wait");
    await running.ready;
    running.kill("SIGINT");
    running.kill("SIGTERM");
    running.kill("SIGINT");
    const result = await running.done;
    expect(EXIT_CODES[reportOf(result).failures[0]?.message.match(/SIG(?:INT|TERM)/)?.[0] as "SIGINT"]).toBe(
      result.exitCode,
    );
    expect(result.log.match(/\w+ undone/g)).toEqual(["second undone", "first undone"]);
  });

  it("whose work comes to a good end all the same is cancelled, with what it made", async () => {
    const running = runEdge("finish-anyway");
    await running.ready;
    running.cancel();
    const result = await running.done;
    expect([result.exitCode, result.conclusion]).toEqual([130, "cancelled"]);
    expect(result.outputs).toMatchObject({ result: "cancelled", finished: "true" });
    expect(result.summary).toMatch(/^### ⏹️ edge: cancelled\n[\s\S]*### ✅ edge: passed/);
  });

  it.each([
    ["SIGINT", ["SIGINT"]],
    ["SIGTERM", ["SIGTERM"]],
    ["SIGINT", ["SIGINT", "SIGINT", "SIGINT"]],
  ] as const)(
    "that ignores %s (%j) ends within 7 s all the same, cleans up what it can, and reports what is left",
    async (signal, sent) => {
      const running = runEdge("ignore");
      await running.ready;
      const from = performance.now();
      for (const each of sent) running.kill(each);
      const result = await running.done;
      expect(performance.now() - from).toBeLessThan(CONTRACT_MS);
      expect([result.exitCode, result.signal]).toEqual([EXIT_CODES[signal], null]);
      expect(result.log).toContain("tunnel undone");
      expect(reportOf(result)).toMatchObject({ result: "cancelled", left: ["the scratch database"] });
      expect(annotationsOf(result)).toContain("warning edge: Not cleaned up: the scratch database.");
    },
  );

  it("takes its children and their children along, also those that ignore SIGTERM", async () => {
    const pidFile = path.join(makeTempDir("family").path, "pids");
    const running = runEdge("child", { inputs: { "pid-file": pidFile } });
    await running.ready;
    const pids = readFileSync(pidFile, "utf8").trim().split(" ").map(Number);
    expect(pids.map(isRunning)).toEqual([true, true]);
    const from = performance.now();
    running.cancel();
    const result = await running.done;
    expect(performance.now() - from).toBeLessThan(CONTRACT_MS);
    expect([result.exitCode, result.orphans]).toEqual([130, []]);
    expect(pids.map(isRunning)).toEqual([false, false]);
  });
});
