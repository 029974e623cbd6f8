import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { throwProblems, UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import { connectSsh } from "../../../shared/ssh/connect.ts";
import { loadConfig } from "./config.ts";
import type { Config } from "./config-schema.ts";
import { Deployment } from "./deployment.ts";
import type { AgentEvent } from "./event.ts";
import { deployTo, inTurn, type Member } from "./fleet.ts";
import type { HostRun, Watch } from "./follow.ts";
import { type Command, Host, type HostStatus } from "./host.ts";
import type { Inputs } from "./inputs.ts";
import { deployOutcome, statusOutcome } from "./outcome.ts";
import { type Order, planText } from "./plan.ts";
import type { Told } from "./summary.ts";
import { type Target, targetsOf } from "./targets.ts";
import { gatherUploads } from "./uploads.ts";
import { resultOf } from "./verdict.ts";

/** The action: puts the agent on the hosts, tells it what to do, and watches. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const config = await loadConfig(inputs.config);
  const targets = targetsOf(config, inputs);
  const work = await prepare(config, inputs, runtime);
  const hosts = await reach(targets, config, runtime);
  const before = await Promise.all(hosts.map((host) => host.status()));
  for (const [index, host] of hosts.entries()) {
    const { active, release } = before[index] ?? {};
    runtime.log.info(`host=${host.name} active=${active || "none"} release=${release || "none"}`);
  }
  if (inputs.operation === "status") {
    return statusOutcome(
      work.told,
      hosts.map((host, index) => ({ name: host.name, status: before[index] as HostStatus })),
    );
  }
  const record = await begin(inputs, work.told, runtime);
  const runs = await carryOut(hosts, before, work, config, inputs, runtime);
  const failed = runs.find(({ end }) => end?.code !== 0);
  const warnings = [
    ...record.warnings,
    (await record.deployment?.end(resultOf(runs), failed?.end?.text ?? `${work.told.release} is live`)) ?? [],
  ].flat();
  return deployOutcome(work.told, runs, before, warnings);
}

type Work = {
  readonly told: Told;
  readonly deploy: string;
  /** The command for a host, by its place in the list. */
  readonly command: (index: number, count: number) => Command;
};

/** Everything that can be said before a host is reached. */
async function prepare(config: Config, inputs: Inputs, runtime: Runtime): Promise<Work> {
  const { env } = runtime;
  const { operation, force, lockWait } = inputs;
  const deploy = deployName(env, runtime.clock.now());
  const actor = env["GITHUB_ACTOR"] ?? "unknown";
  const runUrl = runAddress(env);
  const release = operation === "rollback" ? (inputs.to ?? "the previous release") : (inputs.release ?? "");
  const told = { app: config.app, release, actor, runUrl };
  if (operation !== "deploy") {
    const words = wordsOf(operation, config.app, inputs.to);
    const variables = {
      BLUEGREEN_DEPLOY: deploy,
      BLUEGREEN_ACTOR: oneLine(actor),
      BLUEGREEN_RUN: runUrl,
      BLUEGREEN_FORCE: force ? "1" : "0",
      BLUEGREEN_LOCK_WAIT: String(lockWait),
    };
    return { told, deploy, command: () => ({ words, variables }) };
  }
  if (release === "") {
    throw new UserError("input release: is empty, and there is no commit to take it from.", {
      hint: "Give the name of the release.",
      where: { input: "release" },
    });
  }
  const uploads = await gatherUploads(config, env);
  for (const value of uploads.secrets) runtime.addSecret(value);
  const { envFiles } = uploads;
  const command = (index: number, count: number): Command => {
    const order: Order = {
      ...{
        deploy,
        operation: "deploy",
        release,
        image: inputs.image,
        actor: oneLine(actor),
        run: runUrl,
        force,
      },
      ...{ hold: inputs.hold, dryRun: inputs.dryRun, lockWaitMs: lockWait, envFiles },
      barrier: count > 1,
      migrate: index === 0,
    };
    const plan = { name: "plan", content: planText(config, order) };
    return { words: ["run", config.app, deploy], files: [...uploads.files, plan] };
  };
  checkImage(config, inputs);
  return { told, deploy, command };
}

function wordsOf(operation: Inputs["operation"], app: string, to: string | undefined): readonly string[] {
  switch (operation) {
    case "rollback":
      return ["rollback", app, ...(to === undefined ? [] : [to])];
    case "maintenance-on":
      return ["maintenance", app, "on"];
    case "maintenance-off":
      return ["maintenance", app, "off"];
    default:
      return ["repair", app];
  }
}

function checkImage({ start }: Config, { image }: Inputs): void {
  if (!("port" in start) || start.image !== undefined || image !== undefined) return;
  throw new UserError("There is no image to start: neither the input image nor start.image in the config.", {
    hint: "Set image: to the reference that the build pushed, best by digest.",
    where: { input: "image" },
  });
}

/** Connects to every host and puts the agent there. All problems together, and nothing touched before all are reached. */
async function reach(targets: readonly Target[], config: Config, runtime: Runtime): Promise<readonly Host[]> {
  // Not the run's own signal: a cancelled run still tells the hosts, and closes the connections after that.
  const life = new AbortController();
  const connected = await all(
    targets.map(async ({ name, ssh, jump }) => {
      const connection = await connectSsh({ ...ssh, jump, signal: life.signal });
      runtime.defer(`connection to ${name}`, () => connection.close());
      return new Host(name, connection, config["state-dir"], config.app);
    }),
  );
  await all(connected.map((host) => host.install()));
  return connected;
}

/** As Promise.all, but waits for all, and throws what all of them had to say. */
async function all<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(work);
  const problems = settled.flatMap((one): UserError[] => {
    if (one.status === "fulfilled") return [];
    if (one.reason instanceof UserErrors) return [...one.reason.problems];
    if (one.reason instanceof UserError) return [one.reason];
    throw one.reason;
  });
  throwProblems(problems);
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

type Recorded = { readonly deployment: Deployment | undefined; readonly warnings: readonly string[] };

async function begin(inputs: Inputs, { release }: Told, runtime: Runtime): Promise<Recorded> {
  const { environment, githubToken, operation, dryRun } = inputs;
  const changes = operation === "deploy" || operation === "rollback";
  if (environment === undefined || !changes || dryRun) return { deployment: undefined, warnings: [] };
  if (githubToken === undefined) {
    return {
      deployment: undefined,
      warnings: ["The deployment is not recorded on GitHub: there is no github-token."],
    };
  }
  const begun = await Deployment.begin({ environment, token: githubToken, release }, runtime);
  return typeof begun === "string"
    ? { deployment: undefined, warnings: [begun] }
    : { deployment: begun, warnings: [] };
}

async function carryOut(
  hosts: readonly Host[],
  before: readonly HostStatus[],
  work: Work,
  config: Config,
  inputs: Inputs,
  runtime: Runtime,
): Promise<readonly HostRun[]> {
  const members = hosts.map((host, index): Member => {
    const command = work.command(index, hosts.length);
    const under = attachable(before[index], inputs, work.told.release);
    return under === undefined
      ? { host, deploy: work.deploy, command }
      : { host, deploy: under.holder, command, attachTo: Number(under.pid) };
  });
  const { clock, log, signal } = runtime;
  const watch: Watch = {
    clock,
    signal,
    show: (host, event) => log.info(eventLine(host, event, hosts.length)),
  };
  if (inputs.operation !== "deploy" || inputs.dryRun) return inTurn(members, watch);
  try {
    return await deployTo(members, { hold: inputs.hold, pauseMs: config.pause }, watch);
  } catch (error) {
    if (signal.aborted) await callOff(members, runtime);
    throw error;
  }
}

const CALL_OFF_MS = 3_000;

/**
 * Before the switch a cancelled deploy is undone by the hosts. After it one host goes on to its end; of several, some
 * have switched and some have not: they return, unless all were told that they stay.
 */
async function callOff(members: readonly Member[], { log, clock }: Runtime): Promise<void> {
  const several = members.length > 1;
  log.info(
    several
      ? "Cancelled: the hosts go back to the release that they had, unless all have switched well."
      : "Cancelled: the host undoes what has not switched yet; what has switched goes on there to its end.",
  );
  const told = Promise.allSettled(
    members.map(({ host, deploy }) => host.wish(deploy, several ? "return" : "abort")),
  );
  await Promise.race([told, clock.sleep(CALL_OFF_MS, new AbortController().signal)]);
}

/** The deploy of the same release that is under way there already: it waits for the word, or its runner has gone. */
function attachable(status: HostStatus | undefined, { operation, dryRun }: Inputs, release: string) {
  if (operation !== "deploy" || dryRun || status === undefined) return undefined;
  const { holder, pid, phase } = status;
  return holder !== "" && phase !== "" && status["under-way"] === release && status["left-by"] === holder
    ? { holder, pid }
    : undefined;
}

const SIGNS = { info: " ", warning: "!", error: "x", output: "|" } as const;

function eventLine({ name }: Host, { phase, level, text, ms }: AgentEvent, hosts: number): string {
  const where = hosts > 1 ? `${name} ` : "";
  return `${where}${(ms / 1_000).toFixed(1).padStart(7)} s ${SIGNS[level]} ${phase.padEnd(12)} ${text}`;
}

/** A name that no other run has: an attempt of a workflow run, or the time. */
function deployName(env: Readonly<NodeJS.ProcessEnv>, now: number): string {
  const { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt } = env;
  const time = now.toString(36);
  return /^\d{1,20}$/.test(run ?? "")
    ? `${run}-${/^\d+$/.test(attempt ?? "") ? attempt : 1}-${time}`
    : `run-${time}`;
}

function runAddress(env: Readonly<NodeJS.ProcessEnv>): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  return server && repository && id ? oneLine(`${server}/${repository}/actions/runs/${id}`) : "";
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}]/gu, " ").slice(0, 500);
}
