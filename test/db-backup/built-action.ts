import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import * as z from "zod";
import { builtAction } from "../../scripts/runner/find-action.ts";
import { type ActionResult, type RunningAction, runAction } from "../../scripts/runner/run-action.ts";
import { pathWithPrograms } from "../support/postgres-programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const root = path.resolve(import.meta.dirname, "../..");

const reportSchema = z.looseObject({
  result: z.string(),
  failures: z.array(z.looseObject({ message: z.string(), hint: z.string().optional() })),
  left: z.array(z.string()),
});

export type Finished = ActionResult & {
  readonly report: z.infer<typeof reportSchema>;
  /** Everything that left the process, unmasked, by where it was found: both streams, and every file. */
  readonly texts: Readonly<Record<string, string>>;
};

export type Running = Omit<RunningAction, "done"> & {
  readonly done: Promise<Finished>;
  /** RUNNER_TEMP: in the environment of every program that the action starts, as the place of their files. */
  readonly temp: string;
};

export type Options = {
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
};

/** The built action, built now if its sources are newer. For `beforeAll`: that can take longer than a test may. */
export function bundle(): Promise<string> {
  return builtAction(root, "db-backup", () => undefined);
}

/** Starts the built action as the runner would. */
export async function start(
  inputs: Readonly<Record<string, string>>,
  { env = {}, onLine = () => undefined }: Options = {},
): Promise<Running> {
  const dir = await bundle();
  const [workspace, temp] = [makeTempDir("workspace"), makeTempDir("runner-temp")];
  onTestFinished(() => {
    workspace.remove();
    temp.remove();
  });
  const running = runAction({
    dir,
    inputs,
    cwd: workspace.path,
    temp: temp.path,
    env: { PATH: pathWithPrograms(), ...env },
    onLine: ({ text }) => onLine(text),
  });
  const done = running.done.then((result): Finished => {
    const file = result.outputs["report"] ?? "";
    return {
      ...result,
      report: existsSync(file)
        ? reportSchema.parse(JSON.parse(readFileSync(file, "utf8")))
        : { result: "", failures: [], left: [] },
      texts: {
        // What asks the runner to mask a value has to say the value.
        stdout: result.stdout.replace(/^::add-mask::.*\n/gm, ""),
        stderr: result.stderr,
        ...filesBelow(temp.path),
        ...filesBelow(workspace.path),
      },
    };
  });
  return { ...running, done, temp: temp.path };
}

function filesBelow(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.map((file) => [path.relative(folder, file), `${file}\n${readFileSync(file, "latin1")}`]),
  );
}
