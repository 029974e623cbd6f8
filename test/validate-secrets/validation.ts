import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import * as z from "zod";
import { schemas } from "../../actions/validate-secrets/src/schemas.ts";
import { builtAction } from "../../scripts/runner/find-action.ts";
import { type ActionResult, type RunningAction, runAction } from "../../scripts/runner/run-action.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import type { Texts } from "./leaks.ts";

const root = path.resolve(import.meta.dirname, "../..");
const witness = path.join(root, "test/fixtures/validate-secrets/witness.cjs");

export type Trial = {
  /** A value, or the text of the file. */
  readonly manifest: object | string;
  /** The step's environment, secrets among it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Files of the workspace. */
  readonly files?: Readonly<Record<string, string>>;
};

const rows = z.array(z.looseObject({ name: z.string(), verdict: z.string() }));
const seen = z.union([
  z.strictObject({ connect: z.string() }),
  z.strictObject({ argv: z.array(z.string()) }),
]);

export type Validation = ActionResult & {
  /** Verdicts by the name of the secret, and of the probe. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly probes: Readonly<Record<string, string>>;
  readonly report: Readonly<Record<string, unknown>>;
  /** Everything that the process gave to anybody but the services: what it printed, wrote, and started. */
  readonly texts: Texts;
  /** host:port of every connection it opened. */
  readonly connections: readonly string[];
  /** Programs it started, with their arguments. */
  readonly programs: readonly (readonly string[])[];
};

export type Validating = Omit<RunningAction, "done"> & { readonly done: Promise<Validation> };

/** The built action, built now if its sources are newer. For `beforeAll`: that can take longer than a test may. */
export function bundle(): Promise<string> {
  return builtAction(root, "validate-secrets", () => undefined);
}

/** Runs the bundle of the action as the runner does, under the eyes of a witness. Leaves nothing behind the test. */
export async function startValidation({
  manifest,
  env = {},
  inputs = {},
  files = {},
}: Trial): Promise<Validating> {
  const dir = await bundle();
  const [workspace, temp, own] = ["workspace", "temp", "witness"].map((name) => makeTempDir(name));
  if (workspace === undefined || temp === undefined || own === undefined) throw new Error("no folder");
  onTestFinished(() => {
    for (const folder of [workspace, temp, own]) folder.remove();
  });
  const seenFile = path.join(own.path, "seen");
  writeFileSync(seenFile, "");
  const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  const given = { "secrets.yml": text, ...files };
  for (const [name, content] of Object.entries(given))
    writeFileSync(path.join(workspace.path, name), content);
  const running = runAction({
    dir,
    cwd: workspace.path,
    temp: temp.path,
    inputs: { config: "secrets.yml", ...inputs },
    env: { NODE_OPTIONS: `--require=${witness}`, WITNESS_FILE: seenFile, ...env },
  });
  const done = running.done.then((result): Validation => {
    const entries = lines(seenFile).map((line) => seen.parse(JSON.parse(line)));
    const programs = entries.flatMap((entry) => ("argv" in entry ? [entry.argv] : []));
    const report = reportOf(result);
    return {
      ...result,
      report,
      secrets: verdictsIn(report, "secrets"),
      probes: verdictsIn(report, "probes"),
      connections: entries.flatMap((entry) => ("connect" in entry ? [entry.connect] : [])),
      programs,
      texts: {
        // What asks the runner to mask a value has to say the value.
        stdout: result.stdout.replace(/^::add-mask::.*\n/gm, ""),
        stderr: result.stderr,
        programs: JSON.stringify(programs),
        ...filesBelow(temp.path),
        ...Object.fromEntries(
          Object.entries(filesBelow(workspace.path)).filter(([name]) => !(name in given)),
        ),
      },
    };
  });
  return { ...running, done };
}

/** The same, to the end. */
export async function validate(trial: Trial): Promise<Validation> {
  return (await startValidation(trial)).done;
}

/** The report, which must fit its published schema; empty when there is none. */
function reportOf({ outputs }: ActionResult): Readonly<Record<string, unknown>> {
  const file = outputs["report"] ?? "";
  if (!existsSync(file)) return {};
  const report: unknown = JSON.parse(readFileSync(file, "utf8"));
  schemas["report.schema.json"].parse(report);
  return report as Readonly<Record<string, unknown>>;
}

function verdictsIn(report: Readonly<Record<string, unknown>>, key: string): Record<string, string> {
  return Object.fromEntries(rows.parse(report[key] ?? []).map(({ name, verdict }) => [name, verdict]));
}

function filesBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.map((file) => [path.relative(folder, file), `${file}\n${readFileSync(file, "latin1")}`]),
  );
}

function lines(file: string): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}
