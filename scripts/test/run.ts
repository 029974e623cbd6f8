import { parseCLI, startVitest, TestsNotFoundError } from "vitest/node";
import { buildActions } from "../build.ts";
import { REPOSITORY } from "../bundle/repository.ts";
import { installMissing, type Missing } from "../system/install.ts";
import { type PartName, parts, testParts } from "../system/parts.ts";
import type { RunOutcome } from "./outcome.ts";
import { Recorder } from "./recorder.ts";

export type TestRun = {
  readonly outcome: RunOutcome;
  /** The parts of the machine that could not be had. */
  readonly missing: readonly Missing<PartName>[];
  readonly durationMs: number;
};

/**
 * Does all that a test run takes: installs the parts that are missing, builds the actions into build/dist, and
 * runs the tests. `args` go to vitest: file filters, or options such as `-t`.
 */
export async function runTests(args: readonly string[]): Promise<TestRun> {
  const started = performance.now();
  const missing = await installMissing(parts, testParts, console.log);
  console.log("Building the actions into build/dist ...");
  await buildActions({ outDir: "build/dist" });
  const outcome = await runVitest(args, REPOSITORY);
  return { outcome, missing, durationMs: performance.now() - started };
}

/** Runs vitest in this process with the configuration of `root`, showing its usual output. */
export async function runVitest(args: readonly string[], root: string): Promise<RunOutcome> {
  // Vite warns that its configuration is an ES module in a package without "type"; here it has to be.
  process.env["VITE_CONFIG_NATIVE_IGNORE_WARNING"] = "true";
  const recorder = new Recorder();
  const { filter, options } = parseCLI(["vitest", "run", ...args]);
  try {
    const vitest = await startVitest(filter, {
      ...options,
      root,
      watch: false,
      reporters: ["default", recorder],
    });
    await vitest.close();
  } catch (error) {
    if (!(error instanceof TestsNotFoundError)) throw error;
  }
  return recorder.outcome;
}
