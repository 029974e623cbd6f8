import { type ProbeContext, presentable } from "./attempt.ts";
import type { Captures } from "./captures.ts";
import { failedAttempt } from "./failure.ts";
import { sendRequest } from "./http-request.ts";
import { isExpectedStatus } from "./http-rules.ts";
import { judgeLoad } from "./load-rules.ts";
import { percentilesOf, type Sample } from "./percentiles.ts";
import { type Load, listOf } from "./plan.ts";
import { loadMethod } from "./plan-rules.ts";
import type { CheckResult, LoadResult } from "./result.ts";
import type { Run } from "./run.ts";

/** Sends the warm-up, then the measured requests, and judges them. Nothing is tried again. */
export async function runLoad(
  load: Load,
  run: Run,
  captures: Captures,
): Promise<{ readonly check: CheckResult; readonly load: LoadResult }> {
  const { config } = load;
  const { clock } = run.limits;
  const context: ProbeContext = {
    ...run.context,
    via: config.via ?? "direct",
    timeoutMs: load.timeoutMs,
    fill: captures.filler(load),
  };
  const samples: Sample[] = [];
  let firstError: string | undefined;
  const measure = async (): Promise<void> => {
    const { sample, error } = await sampleOnce(load, context);
    samples.push(sample);
    firstError ??= error;
  };
  await inParallel(config.concurrency, config["warm-up"], () => sampleOnce(load, context));
  const started = clock.monotonic();
  const stopProgress = run.log.progress(() =>
    progressLine(load, samples.length, (clock.monotonic() - started) / 1_000),
  );
  try {
    await inParallel(config.concurrency, config.samples, measure);
  } finally {
    stopProgress();
  }
  const totalMs = clock.monotonic() - started;
  const percentiles = percentilesOf(samples);
  const { problems, seen } = judgeLoad(config, percentiles, firstError);
  const check: CheckResult = {
    name: load.name,
    kind: "load",
    status: problems.length === 0 ? "passed" : "failed",
    where: load.where,
    problems,
    attempts: 1,
    durationMs: totalMs,
    totalMs,
    seen,
  };
  run.onResult(check);
  return { check, load: { name: load.name, percentiles } };
}

function progressLine({ name, config }: Load, done: number, seconds: number): string {
  const line = `${name}: ${done} of ${config.samples} requests`;
  if (done === 0) return `${line}, none answered yet`;
  const rate = done / seconds;
  return `${line}, ${rate.toFixed(1)} a second, ${Math.ceil((config.samples - done) / rate)} s left`;
}

async function sampleOnce(
  load: Load,
  context: ProbeContext,
): Promise<{ readonly sample: Sample; readonly error: string | undefined }> {
  const { config } = load;
  const { clock, signal } = context;
  const method = loadMethod(config);
  const started = clock.monotonic();
  try {
    const answer = await sendRequest(config, { method, address: config[method] ?? "" }, context);
    const ok = isExpectedStatus(listOf<number | string>(config.status), answer.status);
    const sample = { durationMs: clock.monotonic() - started, answered: true, ok };
    return { sample, error: ok ? undefined : `HTTP ${answer.status}` };
  } catch (error) {
    signal.throwIfAborted();
    const attempt = failedAttempt(error, clock.monotonic() - started, load.timeoutMs);
    const { problems, durationMs } = presentable(attempt, context.redactor);
    return { sample: { durationMs, answered: false, ok: false }, error: problems[0] };
  }
}

/** Calls `work` so many times, at most `width` at once. */
async function inParallel(width: number, times: number, work: () => Promise<unknown>): Promise<void> {
  let left = times;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, times) }, worker));
}
