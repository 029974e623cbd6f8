import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { type RecordFile, recordFileSchema } from "../../actions/deploy-record/src/record-file.ts";
import { type ShopHost, startShopHost } from "../blue-green-switch/shop-host.ts";
import { type ActResult, runAct } from "../support/act.ts";
import { shaOf } from "../support/github-repository/commits.ts";
import { type GitHubRepository, startGitHubRepository } from "../support/github-repository/server.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import type { Message } from "../support/telegram/chat.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { makeRelease, type Repositories, TAG } from "./release.ts";

const CHAT = -1001234567890;

/** The `${{ … }}` of a workflow. */
const expression = (text: string): string => `$\{{ ${text} }}`;

export type Deploy = {
  /** Names the commit; the version is its id unless an input says another. */
  readonly commit: string;
  readonly inputs?: Readonly<Record<string, string | boolean | number>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly event?: string;
  /** More files of the caller's repository. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the host's part of the configuration says otherwise. */
  readonly config?: Readonly<Record<string, unknown>>;
};

export type Deployed = ActResult & {
  readonly sha: string;
  /** deploy-record.json as it was uploaded. */
  readonly record: RecordFile | undefined;
  /** The conclusions of the steps of the deploying job by their ids. */
  readonly steps: Readonly<Record<string, string>>;
  /** The messages of this run as the chat shows them. */
  readonly messages: readonly Message[];
};

/** A team's whole world: a host with a router, a database, GitHub, Telegram, and the way in from outside. */
export type Flow = {
  readonly host: ShopHost;
  readonly github: GitHubRepository;
  readonly telegram: Telegram;
  readonly database: Postgres;
  readonly backups: string;
  /** The files of each commit, in a folder with its id. */
  readonly sources: string;
  /** What everybody outside gets, and what it says to a version: 200 unless told otherwise. */
  readonly outside: HttpServer;
  readonly sick: Set<string>;
  readonly seen: string[];
  /** What the router serves. */
  live(): Promise<string>;
  /** Adds a commit to main, if it is not there, and moves the branch to it; gives its id. */
  push(name: string): string;
  deploy(deploy: Deploy): Promise<Deployed>;
  stop(): Promise<void>;
};

export async function startFlow(): Promise<Flow> {
  const repositories = await makeRelease();
  const host = await startShopHost();
  const github = await startGitHubRepository("acme/shop", () => ({
    status: 404,
    json: { message: "Not Found" },
  }));
  const telegram = await startTelegram({ chats: [{ id: CHAT, type: "supergroup", title: "Deploys" }] });
  const database = await startPostgres({ major: 15 });
  const backups = makeTempDir("backups");
  const sources = makeTempDir("sources");
  const sick = new Set<string>();
  const seen: string[] = [];
  const outside = await startHttpServer(async () => {
    const { status, text } = await host.served();
    const release = releaseIn(text);
    if (seen.at(-1) !== release) seen.push(release);
    return sick.has(release) ? { status: 500, body: text } : { status, body: text };
  });
  github.commits.add("root");
  const flow: Flow = {
    ...{
      host,
      github,
      telegram,
      database,
      outside,
      sick,
      seen,
      backups: backups.path,
      sources: sources.path,
    },
    live: async () => releaseIn((await host.served()).text),
    push: (name) => push(flow, name),
    deploy: (deploy) => runDeploy(flow, repositories, deploy),
    stop: async () => {
      await Promise.all([outside.stop(), github.stop(), telegram.stop(), database.stop(), host.stop()]);
      backups.remove();
      sources.remove();
    },
  };
  return flow;
}

function releaseIn(text: string): string {
  return /"release":"([^"]*)"/.exec(text)?.[1] ?? "";
}

function push({ github }: Flow, name: string): string {
  const sha = shaOf(name);
  if (!github.commits.has(sha)) {
    github.commits.add(name, github.branches.get("main") ?? shaOf("root"));
    github.branches.set("main", sha);
  }
  return sha;
}

async function runDeploy(flow: Flow, repositories: Repositories, deploy: Deploy): Promise<Deployed> {
  const { github, host, telegram } = flow;
  const sha = push(flow, deploy.commit);
  const files = {
    ".github/blue-green.yml": stringify({ ...host.config(), ...deploy.config }),
    ...deploy.files,
  };
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(flow.sources, sha, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const artifacts = makeTempDir("artifacts");
  const before = messagesOf(telegram).length;
  const secrets = {
    SSH_KEY: host.sshd.clientKey(),
    DATABASE_URL: flow.database.url,
    TELEGRAM_TOKEN: telegram.token,
    ...deploy.secrets,
  };
  const workflow = ".github/workflows/deploy.yml";
  const event = deploy.event ?? "push";
  try {
    const result = await runAct({
      files: {
        [workflow]: stringify(caller(flow, event, deploy.inputs ?? {}, Object.keys(secrets))),
      },
      workflow,
      event,
      repositories,
      env: {
        GITHUB_API_URL: github.apiUrl,
        GITHUB_REPOSITORY: github.name,
        SHA_REF: sha,
        ARTIFACTS: artifacts.path,
        SOURCES: flow.sources,
      },
      secrets: { ...secrets, GITHUB_TOKEN: github.token },
      timeout: 180_000,
    });
    return {
      ...result,
      sha,
      record: readRecord(artifacts.path),
      steps: stepsOf(result),
      messages: messagesOf(telegram).slice(before),
    };
  } finally {
    artifacts.remove();
  }
}

function caller(
  { host, outside, backups, telegram }: Flow,
  event: string,
  inputs: Deploy["inputs"],
  secrets: readonly string[],
): unknown {
  return {
    name: "deploy",
    on: event,
    jobs: {
      deploy: {
        concurrency: { group: "deploy", "cancel-in-progress": false },
        permissions: {
          ...{ contents: "read", checks: "read", statuses: "read", actions: "read", deployments: "write" },
        },
        uses: `org/actions/.github/workflows/deploy.yml@${TAG}`,
        with: {
          url: outside.origin,
          "version-json": "$.release",
          "smoke-retries": "1",
          "smoke-interval": "200ms",
          "ssh-host": host.address,
          "ssh-known-hosts": host.sshd.knownHostsLine(),
          "backup-destination": backups,
          "backup-through-ssh": false,
          "telegram-chat": String(CHAT),
          "telegram-api-url": telegram.url,
          ...inputs,
        },
        secrets: Object.fromEntries(secrets.map((name) => [name, expression(`secrets.${name}`)])),
      },
    },
  };
}

/** deploy-record.json, where it is the one thing in the folder of the artifacts. */
export function readRecord(folder: string): RecordFile | undefined {
  const [file] = existsSync(folder) ? readdirSync(folder) : [];
  return file === undefined
    ? undefined
    : recordFileSchema.parse(JSON.parse(readFileSync(path.join(folder, file), "utf8")));
}

/** The conclusions of the steps by their ids. */
export function stepsOf({ lines }: ActResult): Record<string, string> {
  const steps = lines.flatMap(({ stepID, stepResult }) =>
    stepResult === undefined || stepID?.[0] === undefined ? [] : [[stepID[0], stepResult] as const],
  );
  return Object.fromEntries(steps);
}

function messagesOf(telegram: Telegram): Message[] {
  return [...telegram.chat(CHAT).messages];
}
