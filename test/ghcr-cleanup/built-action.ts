import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import type { GitHubPackages } from "../support/github-packages/server.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import type { Inputs } from "./run-here.ts";

/** The bundle, as `npm test` has built it before it started the tests. */
export const BUILT_ACTION = path.join(REPOSITORY, "build/dist/ghcr-cleanup");

export type Finished = ActionResult & {
  readonly report: Readonly<Record<string, unknown>> & { readonly result: string };
  /** Everything that left the process, unmasked: both streams without the masks themselves, and every file. */
  readonly left: string;
};

type Options = {
  readonly env?: Readonly<Record<string, string>>;
  /** Files of the workspace, by name. */
  readonly files?: Readonly<Record<string, string>>;
};

/** Starts the built action as the runner would, on the package acme/shop. */
export function start(server: GitHubPackages, inputs: Inputs, { env = {}, files = {} }: Options = {}) {
  const folder = makeTempDir("workspace");
  onTestFinished(() => folder.remove());
  const temp = makeTempDir("runner-temp");
  onTestFinished(() => temp.remove());
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder.path, name), content);
  const running = runAction({
    dir: BUILT_ACTION,
    cwd: folder.path,
    temp: temp.path,
    env: {
      GITHUB_API_URL: server.apiUrl,
      GITHUB_REPOSITORY: "acme/shop",
      GITHUB_REPOSITORY_OWNER: "acme",
      ...env,
    },
    inputs: {
      packages: "shop",
      owner: "acme",
      "registry-url": server.registryUrl,
      "keep-last": "0",
      pace: "10ms",
      "max-percent": "100",
      ...inputs,
      "github-token": inputs["github-token"] ?? server.tokens.issue(),
    },
  });
  const done = running.done.then((result): Finished => {
    const report = JSON.parse(readFileSync(result.outputs["report"] ?? "", "utf8")) as Finished["report"];
    return {
      ...result,
      report,
      left: [
        result.stdout.replace(/^::add-mask::.*$/gm, ""),
        result.stderr,
        ...filesBelow(temp.path),
        ...filesBelow(folder.path),
      ].join("\n"),
    };
  });
  return { ...running, done, workspace: folder.path };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"));
}
