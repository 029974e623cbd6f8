import type { Reporter, TestCase, TestModule } from "vitest/node";
import type { RunOutcome, TestOutcome } from "./outcome.ts";

/** A vitest reporter that says nothing and keeps what happened. */
export class Recorder implements Reporter {
  outcome: RunOutcome = { tests: [], otherFailures: 0 };

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const brokenSuites = modules.flatMap((module) => [
      ...module.errors(),
      ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
    ]);
    this.outcome = {
      tests: modules.flatMap((module) => [...module.children.allTests()].map(recordTest)),
      otherFailures: brokenSuites.length + unhandled.length,
    };
  }
}

function recordTest(test: TestCase): TestOutcome {
  const { state } = test.result();
  return {
    file: test.module.relativeModuleId,
    name: test.fullName,
    // What is still pending when the run is over was never carried through.
    state: state === "pending" ? "failed" : state,
    durationMs: test.diagnostic()?.duration ?? 0,
    cases: test.meta().cases,
    // Tests inherit this from the suites around them.
    needs: test.meta().needs ?? [],
  };
}
