import { formatDuration } from "../../../shared/runtime/values.ts";
import type { Attempt, ProbeContext } from "./attempt.ts";
import type { Captures } from "./captures.ts";
import { isRepeatable } from "./config-schema.ts";
import type { Check } from "./plan.ts";
import { tryCheck } from "./probe.ts";
import type { CheckResult } from "./result.ts";
import type { Run } from "./run.ts";
import { askVersionOnce } from "./run-version.ts";

/** Goes on checking for the window, once each round and without second tries. The last round is at its end. */
export async function runStability(run: Run, captures: Captures): Promise<CheckResult> {
  const { plan, limits } = run;
  const { clock, signal } = limits;
  const started = clock.monotonic();
  let rounds = 0;
  for (;;) {
    const left = plan.stabilityMs - (clock.monotonic() - started);
    if (left <= 0) break;
    await clock.sleep(Math.min(left, plan.stabilityIntervalMs), signal);
    rounds += 1;
    const problem = await firstProblem(run, captures);
    if (problem !== undefined) {
      const after = `after ${formatDuration(clock.monotonic() - started)}: ${problem}`;
      return result("failed", [after], rounds, clock.monotonic() - started, run);
    }
  }
  return result("passed", [], rounds, clock.monotonic() - started, run);
}

async function firstProblem(run: Run, captures: Captures): Promise<string | undefined> {
  const { plan } = run;
  const contextOf = (check: Check): ProbeContext => ({
    ...run.context,
    via: check.config.via ?? "direct",
    timeoutMs: check.timeoutMs,
    fill: captures.filler(check),
  });
  const tries: Promise<readonly (readonly [string, Attempt])[]>[] = [];
  if (plan.version !== undefined) tries.push(askVersionOnce(plan.version, run));
  const queue = plan.checks.filter(({ kind }) => isRepeatable(kind));
  const worker = async (): Promise<(readonly [string, Attempt])[]> => {
    const found: (readonly [string, Attempt])[] = [];
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      found.push([check.name, await tryCheck(check, contextOf(check))]);
    }
    return found;
  };
  for (let index = 0; index < plan.concurrency; index += 1) tries.push(worker());
  const all = (await Promise.all(tries)).flat();
  const bad = all.find(([, attempt]) => attempt.problems.length > 0);
  return bad === undefined ? undefined : `${bad[0]}: ${bad[1].problems.join("; ")}`;
}

function result(
  status: "passed" | "failed",
  problems: readonly string[],
  rounds: number,
  durationMs: number,
  run: Run,
): CheckResult {
  const check: CheckResult = {
    name: "stability",
    kind: "stability",
    status,
    where: run.plan.stabilityWhere,
    problems,
    attempts: 1,
    durationMs,
    totalMs: durationMs,
    seen: `${rounds} rounds in ${formatDuration(durationMs)}`,
    ...(status === "failed" ? { hint: "It worked and then broke: look at the log of the new version." } : {}),
  };
  run.onResult(check);
  return check;
}
