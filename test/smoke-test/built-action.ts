import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type Junit, readJunit } from "./junit.ts";

/** The bundle, as `npm test` has built it before it started the tests. */
export const BUILT_ACTION = path.join(REPOSITORY, "build/dist/smoke-test");

export type Report = {
  readonly result: string;
  readonly failures: readonly { readonly message: string }[];
  readonly counts?: Readonly<Record<"passed" | "failed" | "skipped", number>>;
  readonly checks?: readonly {
    readonly name: string;
    readonly status: string;
    readonly problems: string[];
  }[];
};

export type Finished = ActionResult & {
  readonly report: Report;
  readonly junit: Junit | undefined;
  /** Everything that left the process, unmasked: both streams without the masks themselves, and every file. */
  readonly left: string;
};

type Options = {
  readonly env?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
};

/** Starts the built action as the runner would, with a config file in the workspace. */
export function startBuilt(config: string | object, { env = {}, inputs = {} }: Options = {}) {
  const folder = makeTempDir("built");
  onTestFinished(() => folder.remove());
  const temp = makeTempDir("runner-temp");
  onTestFinished(() => temp.remove());
  writeFileSync(
    path.join(folder.path, "smoke.yml"),
    typeof config === "string" ? config : JSON.stringify(config),
  );
  const running = runAction({
    dir: BUILT_ACTION,
    cwd: folder.path,
    temp: temp.path,
    env,
    inputs: { config: "smoke.yml", ...inputs },
  });
  const done = running.done.then((result): Finished => {
    const report = JSON.parse(readFileSync(result.outputs["report"] ?? "", "utf8")) as Report;
    const junit = result.outputs["junit"];
    return {
      ...result,
      report,
      junit: junit === undefined ? undefined : readJunit(readFileSync(junit, "utf8")),
      left: [withoutMasks(result.stdout), result.stderr, ...filesBelow(temp.path)].join("\n"),
    };
  });
  return { ...running, done };
}

/** Runs it to its end. */
export function runBuilt(config: string | object, options?: Options): Promise<Finished> {
  return startBuilt(config, options).done;
}

/** The runner takes these lines out of the log. */
function withoutMasks(stdout: string): string {
  return stdout.replace(/^::add-mask::.*$/gm, "");
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"));
}
