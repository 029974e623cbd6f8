// npm run action -- <name> [--<input> <value> ...]
import { mkdtemp } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import path from "node:path";
import { UserError } from "../shared/runtime/user-error.ts";
import { runCommand } from "./bundle/command-line.ts";
import { actionNames, REPOSITORY } from "./bundle/repository.ts";
import { actionSource, builtAction } from "./runner/find-action.ts";
import { inputVariables, readFlags } from "./runner/flags.ts";
import { type Manifest, readManifest } from "./runner/manifest.ts";
import { resultText } from "./runner/result-text.ts";
import { type ActionResult, type RunningAction, type RunOptions, runAction } from "./runner/run-action.ts";
import { isSecretInput } from "./runner/secret-input.ts";
import { TerminalLog } from "./runner/terminal-log.ts";
import { styleFor } from "./runner/terminal-style.ts";

const usage = "npm run action -- <name> [--<input> <value> ...] [--help]";

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name.startsWith("-")) {
    const names = (await actionNames(REPOSITORY)).join(", ");
    if (name === "--help" || name === "-h") {
      console.log(
        `${usage}\n\nRuns a built action on this machine as the runner would. The actions are: ${names}.`,
      );
      return;
    }
    throw new UserError(`Name the action to run: ${usage}`, { hint: `The actions are: ${names}.` });
  }
  // npm starts scripts in the root of the package; paths among the inputs are meant from where the user is.
  const cwd = process.env["INIT_CWD"] ?? process.cwd();
  // A path in place of a name is the folder of any built action.
  const isPath = name.includes("/");
  const manifest = await readManifest(
    isPath ? path.resolve(cwd, name) : await actionSource(REPOSITORY, name),
  );
  if (args.includes("--help") || args.includes("-h")) {
    console.log(helpText(name, manifest));
    return;
  }
  const given = readFlags(args, Object.keys(manifest.inputs), process.env);
  const dir = isPath ? path.resolve(cwd, name) : await builtAction(REPOSITORY, name, console.error);
  // Kept: the reports that the outputs name are in it.
  const temp = await mkdtemp(path.join(tmpdir(), "action-"));
  await run({ dir, cwd, temp, env: stepEnvironment(), ...given });
}

async function run(options: RunOptions): Promise<void> {
  const style = styleFor(process.stdout, process.env);
  const log = new TerminalLog(console.log, style);
  const running = runAction({ ...options, onLine: log.take });
  const stopListening = passSignals(running);
  const result = await running.done.finally(stopListening);
  log.end();
  process.stdout.write(resultText(result, style));
  process.exitCode = exitCodeOf(result);
}

/** The user's environment is the step's, without what npm added to it. */
function stepEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) && name !== "INIT_CWD"),
  );
}

/** The first Ctrl-C cancels as the runner does, the second ends it at once. */
function passSignals(running: RunningAction): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let asked = false;
  const stop = (): void => {
    if (asked) running.kill("SIGKILL");
    else running.cancel();
    asked = true;
  };
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

function exitCodeOf({ ok, exitCode, signal }: ActionResult): number {
  if (ok) return 0;
  if (signal !== null) return 128 + constants.signals[signal];
  return exitCode || 1;
}

function helpText(name: string, { description, inputs }: Manifest): string {
  const entries = Object.entries(inputs).map(([input, { description: text, default: preset, required }]) => {
    const flag = isSecretInput(input) ? `${inputVariables(input).join(" or ")} (environment)` : `--${input}`;
    const notes = [required ? "required" : "", preset === "" ? "" : `default: ${preset.trim()}`].filter(
      Boolean,
    );
    return `  ${flag}${notes.length === 0 ? "" : `  [${notes.join(", ")}]`}\n      ${text.trim().replace(/\s*\n\s*/g, " ")}`;
  });
  return `${name}: ${description.trim()}\n\n${usage.replace("<name>", name)}\n\n${entries.join("\n")}`;
}

await runCommand(main);
