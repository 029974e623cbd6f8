import { spec } from "../../actions/ghcr-cleanup/src/inputs.ts";
import { run } from "../../actions/ghcr-cleanup/src/run.ts";
import { readManifest } from "../../scripts/runner/manifest.ts";
import type { Clock } from "../../shared/runtime/clock.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { inputVariable, readInputs } from "../../shared/runtime/inputs.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import { failuresOf, type Outcome } from "../../shared/runtime/outcome.ts";
import type { GitHubPackages } from "../support/github-packages/server.ts";

const manifest = await readManifest("actions/ghcr-cleanup");
const defaults = Object.fromEntries(
  Object.entries(manifest.inputs).map(([name, input]) => [
    name,
    (input.default ?? "").startsWith("${{") ? "" : (input.default ?? ""),
  ]),
);

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
  const undos: (() => Promise<void> | void)[] = [];
  let log = "";
  const write = (text: string) => {
    log += text;
  };
  try {
    const variables = Object.entries(given).map(([name, value]) => [inputVariable(name), value]);
    const outcome = await run(readInputs(spec, Object.fromEntries(variables)), {
      log: createLogger({ write, clean: (text) => text }),
      clock: here.clock ?? systemClock,
      signal: here.signal ?? new AbortController().signal,
      env: {
        GITHUB_API_URL: server.apiUrl,
        GITHUB_REPOSITORY: "acme/shop",
        GITHUB_REPOSITORY_OWNER: "acme",
        ...here.env,
      },
      addSecret: () => undefined,
      defer: (_what, undo) => void undos.push(undo),
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
  } finally {
    for (const undo of undos.reverse()) await undo();
  }
}

/** What the run says is wrong, as one text. */
export function failureText({ failures }: Outcome): string {
  return failures.map(({ message, hint }) => `${message} ${hint ?? ""}`).join("\n");
}
