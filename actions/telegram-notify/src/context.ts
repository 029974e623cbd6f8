import { readFile } from "node:fs/promises";
import * as z from "zod";

/** What the runner says about the run that this step is part of; a text that it does not say is empty. */
export type Context = {
  readonly apiUrl: string;
  readonly serverUrl: string;
  readonly repository: string;
  readonly workflow: string;
  readonly job: string;
  readonly runId: string;
  readonly runNumber: string;
  readonly runAttempt: string;
  readonly branch: string;
  readonly actor: string;
  readonly commit: { readonly sha: string; readonly title: string; readonly author: string };
  readonly compareUrl: string;
};

type Env = Readonly<NodeJS.ProcessEnv>;

const eventSchema = z.object({
  compare: z.string().optional(),
  head_commit: z
    .object({
      id: z.string(),
      message: z.string(),
      author: z.object({ name: z.string(), username: z.string().optional() }),
    })
    .nullish(),
  pull_request: z
    .object({
      title: z.string(),
      html_url: z.string(),
      head: z.object({ sha: z.string(), ref: z.string() }),
      user: z.object({ login: z.string() }).nullish(),
    })
    .nullish(),
});

/** Reads the context from the environment and the event's file; an event of another kind adds nothing. */
export async function readContext(env: Env): Promise<Context> {
  const text = (name: string): string => env[name] ?? "";
  const event = await readEvent(text("GITHUB_EVENT_PATH"));
  const { head_commit: head, pull_request: pull, compare = "" } = event;
  const repository = text("GITHUB_REPOSITORY");
  const base = {
    apiUrl: text("GITHUB_API_URL"),
    serverUrl: text("GITHUB_SERVER_URL"),
    repository,
    workflow: text("GITHUB_WORKFLOW"),
    job: text("GITHUB_JOB"),
    runId: text("GITHUB_RUN_ID"),
    runNumber: text("GITHUB_RUN_NUMBER"),
    runAttempt: text("GITHUB_RUN_ATTEMPT"),
    branch: text("GITHUB_REF_NAME"),
    actor: text("GITHUB_ACTOR"),
  };
  // In a pull request GITHUB_SHA is a merge that nobody knows.
  if (pull != null) {
    const commit = { sha: pull.head.sha, title: pull.title, author: pull.user?.login ?? "" };
    return { ...base, branch: pull.head.ref, commit, compareUrl: `${pull.html_url}/files` };
  }
  const sha = text("GITHUB_SHA");
  if (head == null || head.id !== sha)
    return { ...base, commit: { sha, title: "", author: "" }, compareUrl: "" };
  const { message, author } = head;
  return { ...base, commit: { sha, title: titleOf(message), author: author.name }, compareUrl: compare };
}

/** The first line of a commit's message. */
export function titleOf(message: string): string {
  return message.trimStart().split(/\r?\n/, 1)[0] ?? "";
}

async function readEvent(file: string): Promise<z.output<typeof eventSchema>> {
  try {
    return eventSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // Local runners give no event, or one of their own making: the message then has less to say.
    return {};
  }
}
