import { spec } from "../../actions/ghcr-cleanup/src/inputs.ts";
import { run } from "../../actions/ghcr-cleanup/src/run.ts";
import type { Clock } from "../../shared/runtime/clock.ts";
import { failuresOf, type Outcome } from "../../shared/runtime/outcome.ts";
import { defaultInputs } from "../support/default-inputs.ts";
import type { GitHubPackages } from "../support/github-packages/server.ts";
import { runInProcess } from "../support/in-process.ts";

const defaults = await defaultInputs("ghcr-cleanup");

export type Inputs = Readonly<Record<string, string>>;

export type Here = {
  /** Default: the machine's, on which pauses between changes take their time. */
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
};

export type Result = Outcome & { readonly log: string };

/** Runs the action in this process on the package acme/shop, from its inputs to its outcome. What it throws is an outcome. */
export async function runHere(server: GitHubPackages, inputs: Inputs, here: Here = {}): Promise<Result> {
  const given: Inputs = {
    ...defaults,
    packages: "shop",
    owner: "acme",
    "github-token": inputs["github-token"] ?? server.tokens.issue(),
    "registry-url": server.registryUrl,
    ...inputs,
  };
  let log = "";
  const { clock, signal, env } = here;
  try {
    const { outcome } = await runInProcess({ spec, run }, given, {
      ...(clock === undefined ? {} : { clock }),
      ...(signal === undefined ? {} : { signal }),
      env: {
        GITHUB_API_URL: server.apiUrl,
        GITHUB_REPOSITORY: "acme/shop",
        GITHUB_REPOSITORY_OWNER: "acme",
        ...env,
      },
      onLine: (line) => {
        log += line;
      },
    });
    return { ...outcome, log };
  } catch (thrown) {
    return {
      result: "error",
      failures: failuresOf("ghcr-cleanup", thrown),
      outputs: {},
      summary: [],
      details: {},
      log,
    };
  }
}

/** What the run says is wrong, as one text. */
export function failureText({ failures }: Outcome): string {
  return failures.map(({ message, hint }) => `${message} ${hint ?? ""}`).join("\n");
}
