import { readFile } from "node:fs/promises";

/** Why a run gets no secrets, or undefined when it does. */
export type Withheld = "a fork's pull request" | "Dependabot's run" | undefined;

// Events for which GitHub withholds secrets when the pull request comes from a fork; pull_request_target is not among them.
const WITHHOLDING = new Set(["pull_request", "pull_request_review", "pull_request_review_comment"]);

/**
 * Whether GitHub withholds the secrets of the repository from this run (docs: "Secrets are not passed to workflows that
 * are triggered by a pull request from a fork", and alike for Dependabot). `env` is the step's environment.
 */
export async function withheldSecrets(env: Readonly<NodeJS.ProcessEnv>): Promise<Withheld> {
  const event = env["GITHUB_EVENT_NAME"] ?? "";
  if (WITHHOLDING.has(event) && isFromFork(await readEvent(env["GITHUB_EVENT_PATH"])))
    return "a fork's pull request";
  const started = env["GITHUB_ACTOR"] === "dependabot[bot]";
  return started && /^(?:push|create|pull_request.*)$/.test(event) && event !== "pull_request_target"
    ? "Dependabot's run"
    : undefined;
}

/** A pull request whose head is in another repository, or in one that was deleted. */
export function isFromFork(event: unknown): boolean {
  const pull = member(event, "pull_request");
  if (pull === undefined) return false;
  const base = member(member(member(pull, "base"), "repo"), "full_name");
  const head = member(member(member(pull, "head"), "repo"), "full_name");
  return typeof base === "string" && head !== base;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? ((value as Record<string, unknown>)[key] ?? undefined)
    : undefined;
}

async function readEvent(file: string | undefined): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file ?? "", "utf8"));
  } catch {
    return undefined; // Local runners may have none; then the secrets are expected.
  }
}
