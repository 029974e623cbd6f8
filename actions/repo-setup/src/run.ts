import { readFile } from "node:fs/promises";
import path from "node:path";
import { openGitHub } from "../../../shared/github/open.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { type Config as Read, readConfig } from "../../../shared/runtime/config.ts";
import { nearest } from "../../../shared/runtime/nearest.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { Administration } from "./administration.ts";
import { type Config, configSchema } from "./config-schema.ts";
import { type Difference, differencesOf, type Facts } from "./differences.ts";
import { environmentBody, type Reviewer } from "./environment.ts";
import type { Inputs } from "./inputs.ts";
import { outcomeOf } from "./outcome.ts";
import { protectionBody } from "./protection.ts";

/** The action: compares the repository with the file, and with `apply` changes it and reads it back. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { env, log, signal } = runtime;
  const repository = inputs.repository ?? env["GITHUB_REPOSITORY"] ?? "";
  const read = await readSetup(inputs.config, env);
  const github = new Administration(openGitHub(inputs.token, runtime), repository, signal);
  const config = read.value;
  await refuseUnseen(read, inputs.config, github);
  const reviewers = await reviewersOf(config, github);
  const facts = await gather(config, repository, github);
  const before = differencesOf(config, facts);
  for (const { kind, name, setting, is, wanted } of before)
    log.info(`${kind}=${name} setting=${setting} is=${is} wanted=${wanted}`);
  if (inputs.mode === "check" || before.length === 0)
    return outcomeOf({ mode: inputs.mode, repository, before, after: before });
  await apply(config, facts, before, reviewers, github);
  // What GitHub took without a word, and did not do, shows only here.
  const after = differencesOf(config, await gather(config, repository, github));
  return outcomeOf({ mode: "apply", repository, before, after });
}

async function readSetup(file: string, env: Readonly<NodeJS.ProcessEnv>): Promise<Read<Config>> {
  const text = await readFile(path.resolve(env["GITHUB_WORKSPACE"] || ".", file), "utf8").catch(
    (cause: unknown) => {
      throw new UserError(`input config: ${file} cannot be read.`, {
        hint: "Run actions/checkout first, and check the path.",
        where: { input: "config" },
        cause,
      });
    },
  );
  return readConfig(text, file, configSchema);
}

/** A required check that never runs blocks every pull request for ever. */
async function refuseUnseen(
  { value, locate }: Read<Config>,
  file: string,
  github: Administration,
): Promise<void> {
  const problems: UserError[] = [];
  for (const [branch, { checks = [] }] of Object.entries(value.branches)) {
    if (checks.length === 0) continue;
    const seen = await github.checksSeen(branch);
    for (const [index, name] of checks.entries()) {
      if (seen.has(name)) continue;
      const meant = nearest(name, seen);
      problems.push(
        new UserError(`${file}: the check ${JSON.stringify(name)} has not run for ${branch} lately.`, {
          hint:
            meant === undefined
              ? `It would block every pull request. Those that ran: ${[...seen].sort().slice(0, 20).join(", ") || "none"}.`
              : `Is ${JSON.stringify(meant)} meant? A check that never runs blocks every pull request.`,
          where: { file, ...locate(["branches", branch, "checks", index]) },
        }),
      );
    }
  }
  throwProblems(problems);
}

async function reviewersOf(config: Config, github: Administration): Promise<ReadonlyMap<string, Reviewer>> {
  const names = new Set(Object.values(config.environments).flatMap(({ reviewers = [] }) => reviewers));
  const found = new Map<string, Reviewer>();
  for (const name of names) found.set(name, await github.reviewer(name));
  return found;
}

async function gather(config: Config, repository: string, github: Administration): Promise<Facts> {
  const branches: [string, Awaited<ReturnType<Administration["protection"]>>][] = [];
  for (const name of Object.keys(config.branches)) branches.push([name, await github.protection(name)]);
  const environments: [string, Awaited<ReturnType<Administration["environment"]>>][] = [];
  for (const name of Object.keys(config.environments))
    environments.push([name, await github.environment(name)]);
  const [owner = ""] = repository.split("/");
  return { owner, branches: new Map(branches), environments: new Map(environments) };
}

/** Each is sent whole, and only where something differs. Protection first: an environment may go by it. */
async function apply(
  config: Config,
  { owner, ...facts }: Facts,
  differences: readonly Difference[],
  reviewers: ReadonlyMap<string, Reviewer>,
  github: Administration,
): Promise<void> {
  const differs = (kind: Difference["kind"], name: string): boolean =>
    differences.some((one) => one.kind === kind && one.name === name);
  for (const [name, wanted] of Object.entries(config.branches))
    if (differs("branch", name)) await github.protect(name, protectionBody(facts.branches.get(name), wanted));
  for (const [name, wanted] of Object.entries(config.environments)) {
    if (!differs("environment", name)) continue;
    const who = (wanted.reviewers ?? []).flatMap((one) => reviewers.get(one) ?? []);
    const body = environmentBody(facts.environments.get(name), wanted, who, owner);
    await github.arrange(name, body, Array.isArray(wanted.branches) ? wanted.branches : undefined);
  }
}
