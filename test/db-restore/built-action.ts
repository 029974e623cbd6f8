import path from "node:path";
import { onTestFinished } from "vitest";
import { builtAction } from "../../scripts/runner/find-action.ts";
import { type RunningAction, runAction } from "../../scripts/runner/run-action.ts";
import { pathWithPrograms } from "../support/postgres-programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** The built action, built now if its sources are newer. For `beforeAll`: that can take longer than a test may. */
export function bundle(): Promise<string> {
  built ??= builtAction(root, "db-restore", () => undefined);
  return built;
}

let built: Promise<string> | undefined;

export type Options = {
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
};

/** Starts the built action as the runner would. */
export async function start(
  inputs: Readonly<Record<string, string>>,
  { env = {}, onLine = () => undefined }: Options = {},
): Promise<RunningAction & { readonly temp: string }> {
  const dir = await bundle();
  const [workspace, temp] = [makeTempDir("workspace"), makeTempDir("runner-temp")];
  onTestFinished(() => {
    workspace.remove();
    temp.remove();
  });
  const running = runAction({
    ...{ dir, inputs, cwd: workspace.path, temp: temp.path },
    env: { PATH: pathWithPrograms(), ...env },
    onLine: ({ text }) => onLine(text),
  });
  return { ...running, temp: temp.path };
}
