import type { Runtime } from "../../../shared/runtime/action.ts";
import { type Applying, apply } from "./apply.ts";
import type { Inputs } from "./inputs.ts";
import type { PackageResult } from "./result.ts";
import type { Sources } from "./sources.ts";

// A call that changes something is waited for when the run is stopped; the runner allows 7.5 s in all.
const GRACE_MS = 2_500;

type ApplyAll = {
  readonly inputs: Inputs;
  readonly sources: Sources;
  readonly runtime: Runtime;
  readonly now: number;
  readonly stopAt: number;
};

/** Carries out the plans of all packages, one after the other; those that failed before are left alone. */
export async function applyAll(packages: readonly PackageResult[], all: ApplyAll): Promise<PackageResult[]> {
  const { inputs, sources, runtime, now, stopAt } = all;
  const { clock, log, signal } = runtime;
  let allowed = inputs.maxDeletes;
  let done = 0;
  const planned = packages.reduce((sum, { work }) => sum + (work?.plan.delete.length ?? 0), 0);
  const started = clock.monotonic();
  const stopProgress = log.progress(() => {
    const rate = (done / Math.max(1, clock.monotonic() - started)) * 60_000;
    return `${done} of ${planned} deleted, ${rate.toFixed(0)} a minute`;
  });
  const to: Applying = {
    ...sources,
    clock,
    log,
    now,
    stopAt,
    grace: graceAfter(signal),
    mayDelete: () => allowed-- > 0,
    onDone: () => void done++,
  };
  const results: PackageResult[] = [];
  try {
    for (const each of packages) {
      const { work } = each;
      const idle = work === undefined || work.plan.delete.length + work.plan.untag.length === 0;
      if (idle || each.failure !== undefined) results.push(each);
      else results.push({ ...each, done: await log.group(`Cleaning ${each.name}`, () => apply(work, to)) });
      sources.api.forget(each.name);
    }
  } finally {
    stopProgress();
  }
  return results;
}

function graceAfter(signal: AbortSignal): AbortSignal {
  const grace = new AbortController();
  const end = (): void => void setTimeout(() => grace.abort(signal.reason), GRACE_MS).unref();
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return grace.signal;
}
