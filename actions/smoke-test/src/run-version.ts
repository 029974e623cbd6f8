import { readRetryAfter } from "../../../shared/http/retry-after.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { webAddress } from "./address.ts";
import { type Attempt, type ProbeContext, presentable } from "./attempt.ts";
import { Captures } from "./captures.ts";
import { failedAttempt } from "./failure.ts";
import { sendRequest } from "./http-request.ts";
import { header, isExpectedStatus, scalarAt } from "./http-rules.ts";
import type { VersionCheck } from "./plan.ts";
import type { CheckResult, VersionResult } from "./result.ts";
import { retry } from "./retry.ts";
import type { Run } from "./run.ts";

const LONGEST_VERSION = 200;

type Origin = { readonly label: string; readonly address: string; readonly resolve: string | undefined };

/** Waits until every origin answers with the expected version, several times in a row. */
export async function runVersion(
  version: VersionCheck,
  run: Run,
): Promise<{ readonly checks: CheckResult[]; readonly version: VersionResult }> {
  const context = versionContext(version, run);
  const origins = originsOf(version, context);
  const ends = await Promise.all(
    origins.map(async (origin) => {
      const name = resultName(origin, origins);
      const onRetry = (attempt: Attempt, number: number, pauseMs: number): void =>
        run.log.info(
          `${name}: attempt ${number} of ${version.policy.attempts}: ${attempt.problems.join("; ")}; again in ${formatDuration(pauseMs)}`,
        );
      const tried = await retry(version.policy, { ...run.limits, onRetry }, () =>
        trySeries(version, origin, context, version.config.consecutive),
      );
      const result = resultOf(name, version, tried.last, tried.attempts, tried.totalMs);
      run.onResult(result);
      return { result, seen: { origin: origin.label, version: tried.last.version ?? null } };
    }),
  );
  return {
    checks: ends.map(({ result }) => result),
    version: { expected: version.expected, seen: ends.map(({ seen }) => seen) },
  };
}

/** The names that the results of {@link runVersion} will have. */
export function versionNames(version: VersionCheck, run: Run): string[] {
  const origins = originsOf(version, versionContext(version, run));
  return origins.map((origin) => resultName(origin, origins));
}

function resultName({ label }: Origin, all: readonly Origin[]): string {
  return all.length === 1 ? "version" : `version at ${label}`;
}

/** Asks every origin once; for the stability window. */
export async function askVersionOnce(
  version: VersionCheck,
  run: Run,
): Promise<readonly (readonly [string, Attempt])[]> {
  const context = versionContext(version, run);
  return Promise.all(
    originsOf(version, context).map(
      async (origin) => [`version at ${origin.label}`, await trySeries(version, origin, context, 1)] as const,
    ),
  );
}

function versionContext({ config, timeoutMs }: VersionCheck, run: Run): ProbeContext {
  const fill = new Captures(run.env, () => undefined).filler({ ancestors: new Set() });
  return { ...run.context, via: config.via ?? "direct", timeoutMs, fill };
}

function originsOf({ config }: VersionCheck, { fill, baseUrl }: ProbeContext): Origin[] {
  const get = fill(config.get);
  if (config.origins !== undefined) {
    return config.origins.map((text) => {
      const origin = fill(text);
      const { host, pathname } = new URL(origin);
      const label = `${host}${pathname.replace(/\/+$/, "")}`;
      return { label, address: webAddress(get, origin).href, resolve: undefined };
    });
  }
  const url = webAddress(get, baseUrl);
  if (config.addresses === undefined) return [{ label: url.host, address: url.href, resolve: undefined }];
  return config.addresses.map((resolve) => ({ label: resolve, address: url.href, resolve }));
}

/** So many answers in a row, each on a connection of its own: behind a load balancer every one may be another server. */
async function trySeries(
  version: VersionCheck,
  origin: Origin,
  context: ProbeContext,
  times: number,
): Promise<Attempt> {
  const ask = async (): Promise<Attempt> =>
    presentable(await tryOnce(version, origin, context), context.redactor);
  let last = await ask();
  for (let number = 1; number < times && last.problems.length === 0; number += 1) {
    last = await ask();
    if (last.problems.length === 0) continue;
    const after = `${last.problems.join("; ")}, after ${number} right ${number === 1 ? "answer" : "answers"}`;
    return { ...last, problems: [after] };
  }
  return last;
}

async function tryOnce(version: VersionCheck, origin: Origin, context: ProbeContext): Promise<Attempt> {
  const { config, expected } = version;
  const started = context.clock.monotonic();
  try {
    const request = { headers: config.headers, resolve: origin.resolve };
    // The address is filled in already; a `${` that is still in it is meant.
    const place = { method: "get", address: origin.address, keepAlive: false } as const;
    const answer = await sendRequest(request, place, {
      ...context,
      fill: (text) => (text === origin.address ? text : context.fill(text)),
    });
    const durationMs = context.clock.monotonic() - started;
    const retryAfterMs = readRetryAfter(header(answer, "retry-after"), context.clock.now());
    const attempt = { network: false, durationMs, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    if (isOneOfMany(config) && answer.url.origin !== new URL(origin.address).origin) {
      return {
        ...attempt,
        problems: [`redirected to ${answer.url.origin}, which proves nothing about this one`],
        hint: "Give the address at which it answers by itself.",
      };
    }
    if (!isExpectedStatus([], answer.status)) {
      return { ...attempt, problems: [`status: expected 2xx, got ${answer.status}`] };
    }
    const text = answer.body.toString("utf8");
    const seen =
      config.json !== undefined
        ? scalarAt(config.json, text)
        : config.header !== undefined
          ? header(answer, config.header)
          : text;
    const shown =
      seen === undefined || seen.trim() === ""
        ? undefined
        : remoteLine(context.redactor.redact(seen.trim()), { max: LONGEST_VERSION });
    if (shown === undefined)
      return {
        ...attempt,
        problems: [`expected version ${expected}, got an answer without a version`],
        hint: whereToLook(version),
      };
    if (seen?.trim() === expected)
      return { ...attempt, problems: [], version: shown, seen: `version ${shown}` };
    const hint =
      expected.startsWith(shown) && shown.length >= 7
        ? "The server tells only the beginning of its version: let it tell the whole, or expect the short one."
        : "The old version still answers, or the deployment did not reach every server.";
    return {
      ...attempt,
      problems: [`expected version ${expected}, last seen ${shown}`],
      version: shown,
      hint,
    };
  } catch (error) {
    context.signal.throwIfAborted();
    return failedAttempt(error, context.clock.monotonic() - started, version.timeoutMs);
  }
}

/** Whether each of several servers has to prove its own version. */
function isOneOfMany({ origins, addresses }: VersionCheck["config"]): boolean {
  return origins !== undefined || addresses !== undefined;
}

function whereToLook({ config }: VersionCheck): string {
  if (config.json !== undefined) return `There is no single value at ${config.json} in its JSON.`;
  return config.header === undefined ? "Its body is empty." : `It has no header ${config.header}.`;
}

function resultOf(
  name: string,
  version: VersionCheck,
  last: Attempt,
  attempts: number,
  totalMs: number,
): CheckResult {
  const ok = last.problems.length === 0;
  return {
    name,
    kind: "version",
    status: ok ? "passed" : "failed",
    where: version.where,
    problems: last.problems,
    attempts,
    durationMs: last.durationMs,
    totalMs,
    ...(last.seen === undefined ? {} : { seen: last.seen }),
    ...(ok || last.hint === undefined ? {} : { hint: last.hint }),
  };
}
