import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { schemas } from "../../actions/quality-gate/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { bytesOf } from "./fixtures.ts";

/** The bundle, as `npm test` has built it before it started the tests. */
export const BUILT_ACTION = path.join(REPOSITORY, "build/dist/quality-gate");

export type Workspace = {
  readonly path: string;
  readonly temp: string;
  /** Writes files: texts, or bytes. */
  add(files: Readonly<Record<string, string | Uint8Array>>): void;
  /** Puts fixtures into the folder `reports`. */
  addReports(...names: readonly string[]): void;
};

/** An empty workspace, and the temporary folder of a job beside it. */
export function makeWorkspace(): Workspace {
  const [folder, temp] = [makeTempDir("gate"), makeTempDir("runner-temp")];
  onTestFinished(() => folder.remove());
  onTestFinished(() => temp.remove());
  const add: Workspace["add"] = (files) => {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder.path, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  };
  return {
    path: folder.path,
    temp: temp.path,
    add,
    addReports: (...names) =>
      add(Object.fromEntries(names.map((name) => [`reports/${path.basename(name)}`, bytesOf(name)]))),
  };
}

export type Finished = ActionResult & {
  readonly report: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, number>>;
};

/** Runs the built action as the runner would; its report must be as its schema says. */
export async function runGate(
  workspace: Workspace,
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const result = await runAction({
    dir: BUILT_ACTION,
    cwd: workspace.path,
    temp: workspace.temp,
    inputs,
    env,
  }).done;
  const report = JSON.parse(readFileSync(result.outputs["report"] ?? "", "utf8"));
  schemas["report.schema.json"].parse(report);
  const metrics = JSON.parse(result.outputs["metrics"] || "{}");
  return { ...result, report, metrics };
}
