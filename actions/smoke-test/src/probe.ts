import { readRetryAfter } from "../../../shared/http/retry-after.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { type Attempt, type ProbeContext, presentable } from "./attempt.ts";
import { secretsAmong } from "./captures.ts";
import { type ExpectConfig, isMethod, type Kind } from "./config-schema.ts";
import { failedAttempt } from "./failure.ts";
import { sendRequest } from "./http-request.ts";
import { header, judgeAnswer, readCaptures } from "./http-rules.ts";
import type { Check } from "./plan.ts";
import { probePostgres } from "./probe-postgres.ts";
import { probeRedis } from "./probe-redis.ts";
import { probeTcp } from "./probe-tcp.ts";
import { probeTls } from "./probe-tls.ts";
import { mapStrings } from "./template.ts";

/** What a probe found: an attempt, without the time that was measured around it. */
export type Finding = Omit<Attempt, "durationMs" | "network">;
type Probe = (check: Check, context: ProbeContext) => Promise<Finding>;

const PROBES: Readonly<
  Record<Exclude<Kind, "get" | "head" | "post" | "put" | "patch" | "delete" | "options">, Probe>
> = {
  tls: probeTls,
  tcp: probeTcp,
  postgres: probePostgres,
  redis: probeRedis,
};

/** Tries a check once. Rejects only with the signal's reason, or for a bug. */
export async function tryCheck(check: Check, context: ProbeContext): Promise<Attempt> {
  return presentable(await tryUncut(fillExpectations(check, context.fill), context), context.redactor);
}

async function tryUncut(check: Check, context: ProbeContext): Promise<Attempt> {
  const { clock, signal, timeoutMs } = context;
  const { kind, config } = check;
  const started = clock.monotonic();
  try {
    const finding = await (isMethod(kind)
      ? probeHttp(check, context)
      : PROBES[kind](check, {
          ...context,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        }));
    const durationMs = clock.monotonic() - started;
    const under = config.expect?.under;
    const slow =
      under === undefined || durationMs < under
        ? []
        : [`took ${formatDuration(durationMs)}, expected under ${formatDuration(under)}`];
    return { ...finding, problems: [...finding.problems, ...slow], network: false, durationMs };
  } catch (error) {
    signal.throwIfAborted();
    return failedAttempt(error, clock.monotonic() - started, timeoutMs);
  }
}

function fillExpectations(check: Check, fill: ProbeContext["fill"]): Check {
  const { expect } = check.config;
  if (expect === undefined) return check;
  return { ...check, config: { ...check.config, expect: mapStrings(expect, fill) as ExpectConfig } };
}

async function probeHttp(check: Check, context: ProbeContext): Promise<Finding> {
  const { config, kind } = check;
  if (!isMethod(kind)) throw new TypeError(`${kind} is not an HTTP method`);
  const answer = await sendRequest(config, { method: kind, address: config[kind] ?? "" }, context);
  const { captures, problems: missing } = readCaptures(config.capture ?? {}, answer);
  // An expectation that fails would show what is about to become a secret.
  for (const secret of secretsAmong(captures)) context.redactor.add(secret);
  const unmet = judgeAnswer(config.expect ?? {}, answer, context.redactor);
  const problems = unmet.length > 0 ? unmet : missing;
  const retryAfterMs = readRetryAfter(header(answer, "retry-after"), context.clock.now());
  return {
    problems,
    seen: `HTTP ${answer.status}, ${formatBytes(answer.body.length)}`,
    captures,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** A size for people, in units of 1,000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
