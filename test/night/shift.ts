import { stringify } from "yaml";
import { makeRelease, type Repositories, TAG } from "../deploy-flow/release.ts";
import { type ActResult, runAct } from "../support/act.ts";
import type { FakeRun } from "../support/github-repository/runs.ts";
import { type GitHubRepository, startGitHubRepository } from "../support/github-repository/server.ts";
import type { Message } from "../support/telegram/chat.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** Who is woken, and who reads it in the morning. */
export const ONCALL = -1001000000001;
export const TEAM = -1001000000002;
const DAY = 86_400_000;
const RUNNER = "runner of the night";

export type Call = {
  /** The reusable workflow that is called. */
  readonly workflow: "database" | "housekeeping";
  readonly inputs: Readonly<Record<string, string | boolean | number>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** More files of the caller's repository. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Days since the run before. Default: 1. */
  readonly later?: number;
};

export type Shift = ActResult & {
  /** What each chat was sent in this run, as it shows it. */
  readonly oncall: readonly string[];
  readonly team: readonly string[];
};

/** A team's repository, its chats, and what a schedule runs there night after night. */
export type World = {
  readonly github: GitHubRepository;
  readonly telegram: Telegram;
  /** Files that upload-artifact was given, by their names. */
  readonly artifacts: string;
  run(call: Call): Promise<Shift>;
  stop(): Promise<void>;
};

/** Tests that use it need "act". */
export async function startWorld(): Promise<World> {
  const released = { ...(await makeRelease()) };
  // act puts the work tree in place of a checkout by itself where that asks for no commit.
  for (const name of Object.keys(released)) if (name.startsWith("actions/checkout@")) delete released[name];
  const github = await startGitHubRepository("acme/shop", () => ({
    status: 404,
    json: { message: "Not Found" },
  }));
  github.permissions.add("issues: write");
  const telegram = await startTelegram({
    chats: [
      { id: ONCALL, type: "supergroup", title: "On call" },
      { id: TEAM, type: "supergroup", title: "Team" },
    ],
  });
  const artifacts = makeTempDir("artifacts");
  const world: World = {
    ...{ github, telegram, artifacts: artifacts.path },
    run: (call) => runShift(world, released, call),
    stop: async () => {
      await Promise.all([github.stop(), telegram.stop()]);
      artifacts.remove();
    },
  };
  return world;
}

const JOBS = { database: ["backup", "drift", "drill"], housekeeping: ["secrets", "registry", "schedules"] };

async function runShift(world: World, repositories: Repositories, call: Call): Promise<Shift> {
  const { github, telegram } = world;
  const { runs } = github.actions;
  age(runs, call.later ?? 1);
  const id = 1_000 + runs.length;
  const names = JOBS[call.workflow];
  const run: FakeRun = {
    ...{ id, workflow: 5, event: "schedule", branch: "main", conclusion: null },
    createdAt: new Date().toISOString(),
    attempts: [
      [
        ...names.map((name) => ({ name: `night / ${name}`, conclusion: "success", runner: "another" })),
        { name: "night / notify / tell", conclusion: null, runner: RUNNER },
      ],
    ],
  };
  runs.unshift(run);
  const before = { oncall: textsOf(telegram, ONCALL).length, team: textsOf(telegram, TEAM).length };
  const secrets = { TELEGRAM_TOKEN: telegram.token, ...call.secrets };
  const result = await runAct({
    files: { ".github/workflows/night.yml": stringify(caller(world, call, secrets)), ...call.files },
    workflow: ".github/workflows/night.yml",
    event: "schedule",
    repositories,
    env: {
      GITHUB_API_URL: github.apiUrl,
      GITHUB_REPOSITORY: github.name,
      GITHUB_RUN_ID: String(id),
      RUNNER_NAME: RUNNER,
      ARTIFACTS: world.artifacts,
      ...call.env,
    },
    secrets: { ...secrets, GITHUB_TOKEN: github.token },
    timeout: 180_000,
  });
  // As GitHub has it when the run is over.
  const conclusionOf = (job: string) => result.jobs[job] ?? "skipped";
  run.attempts[0] = [
    ...names.map((name) => ({ name: `night / ${name}`, conclusion: conclusionOf(name) })),
    { name: "night / notify / tell", conclusion: conclusionOf("tell") },
  ];
  run.conclusion = [...names, "tell"].some((name) => conclusionOf(name) === "failure")
    ? "failure"
    : "success";
  return {
    ...result,
    oncall: textsOf(telegram, ONCALL).slice(before.oncall),
    team: textsOf(telegram, TEAM).slice(before.team),
  };
}

function age(runs: FakeRun[], days: number): void {
  for (const [index, run] of runs.entries()) {
    const createdAt = new Date(Date.parse(run.createdAt) - days * DAY).toISOString();
    runs[index] = { ...run, createdAt };
  }
}

function textsOf(telegram: Telegram, chat: number): string[] {
  return telegram.chat(chat).messages.map(({ text }: Message) => text);
}

function caller(
  { telegram }: World,
  { workflow, inputs }: Call,
  secrets: Readonly<Record<string, string>>,
): unknown {
  return {
    name: "night",
    on: { schedule: [{ cron: "17 2 * * *" }] },
    jobs: {
      night: {
        uses: `org/actions/.github/workflows/${workflow}.yml@${TAG}`,
        with: {
          channels: `critical = ${ONCALL}\nminor = ${TEAM}`,
          "telegram-api-url": telegram.url,
          ...inputs,
        },
        secrets: Object.fromEntries(Object.keys(secrets).map((name) => [name, `$\{{ secrets.${name} }}`])),
      },
    },
  };
}
