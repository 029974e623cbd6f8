import { readFile } from "node:fs/promises";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { Cancelled } from "../../../shared/runtime/cancellation.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { Redactor } from "../../../shared/runtime/redactor.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { connectSsh } from "../../../shared/ssh/connect.ts";
import { readSshTarget } from "../../../shared/ssh/inputs.ts";
import type { ProbeContext } from "./attempt.ts";
import { Captures } from "./captures.ts";
import { Connections } from "./connections.ts";
import type { Inputs } from "./inputs.ts";
import { logLine } from "./log-line.ts";
import { outcomeOf } from "./outcome.ts";
import { type Check, makePlan, type Plan } from "./plan.ts";
import type { CheckResult, LoadResult, Results, VersionResult } from "./result.ts";
import { skipped } from "./result.ts";
import { runCheck, runChecks } from "./run-checks.ts";
import { runLoad } from "./run-load.ts";
import { runStability } from "./run-stability.ts";
import { runVersion, versionNames } from "./run-version.ts";
import { readSource } from "./source.ts";

/** What the phases of a run share. */
export type Run = {
  readonly plan: Plan;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly env: Runtime["env"];
  readonly limits: {
    readonly clock: Runtime["clock"];
    readonly signal: AbortSignal;
    readonly deadline: number;
  };
  readonly context: Omit<ProbeContext, "via" | "timeoutMs" | "fill">;
  /** Told of every result as soon as it is there. */
  readonly onResult: (result: CheckResult) => void;
};

/** The action: reads the plan, proves the version, runs the checks, samples, and watches the stability window. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, log, signal } = runtime;
  const started = clock.monotonic();
  const target = readSshTarget(inputs);
  const plan = makePlan(await readSource(inputs, runtime.env, target !== undefined));
  const redactor = new Redactor();
  const addSecret = (value: string): void => {
    redactor.add(value);
    runtime.addSecret(value);
  };
  for (const secret of plan.secrets) addSecret(secret);
  const connections = new Connections({
    ca: plan.ca === undefined ? undefined : await readAuthority(plan.ca),
    env: runtime.env,
    openSsh: (over) => {
      if (target === undefined) throw new Error("no SSH target");
      log.info(`Connecting to ${target.host} over SSH`);
      return connectSsh({ ...target, signal: AbortSignal.any([signal, over]) });
    },
  });
  runtime.defer("connections", () => connections.close());

  const done: CheckResult[] = [];
  const running: Run = {
    plan,
    log,
    signal,
    env: runtime.env,
    limits: { clock, signal, deadline: started + inputs.timeout },
    context: {
      connections,
      signal,
      clock,
      baseUrl: plan.baseUrl,
      headers: plan.headers,
      redactor,
    },
    onResult: (result) => {
      done.push(result);
      log.info(logLine(result));
    },
  };
  const captures = new Captures(runtime.env, addSecret);
  const state: { version: VersionResult | undefined; loads: LoadResult[] } = {
    version: undefined,
    loads: [],
  };
  const names = plannedNames(plan);
  const stopProgress = log.progress(() => progressLine(names, done));
  let results: readonly CheckResult[];
  try {
    results = await runPhases(running, captures, state);
  } catch (error) {
    // At the deadline, what is known is still worth a report; a cancelled run has nobody to read it.
    if (!signal.aborted || signal.reason instanceof Cancelled) throw error;
    results = [...done, ...unfinished(running, done)];
  } finally {
    stopProgress();
  }
  const found: Results = {
    checks: inFileOrder(results, names),
    ...state,
    durationMs: clock.monotonic() - started,
  };
  return outcomeOf(found);
}

async function runPhases(
  run: Run,
  captures: Captures,
  state: { version: VersionResult | undefined; loads: LoadResult[] },
): Promise<CheckResult[]> {
  const { plan, log } = run;
  const results: CheckResult[] = [];
  const failed = (): boolean => results.some(({ status }) => status === "failed");
  const skipAll = (why: string): void => {
    const rest = [
      ...plan.checks.map(({ name, kind, where }) => skipped(name, kind, where, why)),
      ...skippedLoads(plan, why),
    ];
    for (const result of rest) run.onResult(result);
    results.push(...rest);
  };
  if (plan.version !== undefined) {
    const version = plan.version;
    const proven = await log.group(`Version ${version.expected}`, () => runVersion(version, run));
    state.version = proven.version;
    results.push(...proven.checks);
    if (failed()) {
      skipAll("the expected version is not what is running");
      return results;
    }
  }
  const runOne = (check: Check): Promise<CheckResult> => runCheck(check, run, captures);
  if (plan.checks.length > 0) {
    results.push(
      ...(await log.group(`Checks (${plan.checks.length})`, () => runChecks(plan.checks, run, runOne))),
    );
  }
  if (plan.loads.length > 0 && failed()) {
    const rest = skippedLoads(plan, "a check failed before");
    for (const result of rest) run.onResult(result);
    results.push(...rest);
  } else if (plan.loads.length > 0) {
    for (const load of plan.loads) {
      const sampled = await log.group(`Load ${load.name}`, () => runLoad(load, run, captures));
      results.push(sampled.check);
      state.loads.push(sampled.load);
    }
  }
  if (plan.stabilityMs > 0 && !failed()) {
    results.push(await log.group("Stability", () => runStability(run, captures)));
  }
  return results;
}

function skippedLoads(plan: Plan, why: string): CheckResult[] {
  return plan.loads.map(({ name, where }) => skipped(name, "load", where, why));
}

function unfinished(run: Run, done: readonly CheckResult[]): CheckResult[] {
  const { plan } = run;
  const reason: unknown = run.signal.reason;
  const why = reason instanceof Error ? reason.message.replace(/\.$/, "") : String(reason);
  const { version } = plan;
  const planned = [
    ...(version === undefined
      ? []
      : versionNames(version, run).map((name) => ({ name, kind: "version", where: version.where }))),
    ...plan.checks,
    ...plan.loads.map((load) => ({ ...load, kind: "load" })),
    ...(plan.stabilityMs > 0 ? [{ name: "stability", kind: "stability", where: plan.stabilityWhere }] : []),
  ];
  return planned
    .filter(({ name, kind }) => !done.some((result) => result.name === name && result.kind === kind))
    .map(({ name, kind, where }) => ({ ...skipped(name, kind, where, why), status: "failed" }));
}

function plannedNames(plan: Plan): string[] {
  return [
    "version",
    ...plan.checks.map(({ name }) => name),
    ...plan.loads.map(({ name }) => name),
    "stability",
  ];
}

function inFileOrder(results: readonly CheckResult[], names: readonly string[]): CheckResult[] {
  const order = new Map(names.map((name, index) => [name, index]));
  const rank = ({ name, kind }: CheckResult): number =>
    order.get(kind === "version" ? "version" : name) ?? names.length;
  return results.toSorted((a, b) => rank(a) - rank(b));
}

function progressLine(names: readonly string[], done: readonly CheckResult[]): string {
  const finished = new Set(done.map(({ name }) => name));
  const open = names.slice(1, -1).filter((name) => !finished.has(name));
  const more = open.length > 3 ? ` and ${open.length - 3} more` : "";
  return `${done.length} done${open.length === 0 ? "" : `, waiting for ${open.slice(0, 3).join(", ")}${more}`}`;
}

async function readAuthority(file: string): Promise<string> {
  try {
    const pem = await readFile(file, "utf8");
    if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  } catch (error) {
    throw new UserError(`ca: ${file} cannot be read.`, {
      hint: "Give the path of a PEM file in the workspace.",
      cause: error,
    });
  }
  throw new UserError(`ca: ${file} holds no PEM certificate.`, {
    hint: "It must hold a line -----BEGIN CERTIFICATE-----.",
  });
}
