import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Config } from "./config-schema.ts";
import type { Command } from "./host-commands.ts";
import type { Inputs } from "./inputs.ts";
import { type Order, planText } from "./plan.ts";
import type { Told } from "./summary.ts";
import { gatherUploads } from "./uploads.ts";

/** What the hosts are to do. */
export type Work = {
  readonly told: Told;
  /** Names this run on the hosts. */
  readonly deploy: string;
  /** The command for a host, by its place in the list. */
  readonly command: (index: number, count: number) => Command;
};

/** Everything that can be said before a host is reached. Throws a UserError or UserErrors: every mistake, once. */
export async function prepareWork(config: Config, inputs: Inputs, runtime: Runtime): Promise<Work> {
  const { env } = runtime;
  const { operation, force, lockWait } = inputs;
  const deploy = deployName(env, runtime.clock.now());
  const actor = oneLine(env["GITHUB_ACTOR"] ?? "unknown");
  const run = runAddress(env);
  const release = operation === "rollback" ? (inputs.to ?? "the previous release") : (inputs.release ?? "");
  const told = { app: config.app, release, actor, runUrl: run, operation };
  if (operation !== "deploy") {
    const words = wordsOf(operation, config.app, inputs.to);
    const variables = {
      BLUEGREEN_DEPLOY: deploy,
      BLUEGREEN_ACTOR: actor,
      BLUEGREEN_RUN: run,
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
  checkImage(config, inputs);
  const uploads = await gatherUploads(config, env);
  for (const value of uploads.secrets) runtime.addSecret(value);
  const { envFiles } = uploads;
  const command = (index: number, count: number): Command => {
    const { image, hold, dryRun } = inputs;
    const order: Order = {
      ...{ deploy, operation, release, image, actor, run, force, hold, dryRun, envFiles },
      lockWaitMs: lockWait,
      hosts: count,
      migrate: index === 0,
    };
    const plan = { name: "plan", content: planText(config, order) };
    return { words: ["run", config.app, deploy], files: [...uploads.files, plan] };
  };
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
