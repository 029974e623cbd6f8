// npm run check [-- --dist]
import { parseArgs } from "node:util";
import { UserError } from "../shared/runtime/user-error.ts";
import { runCommand } from "./bundle/command-line.ts";
import { REPOSITORY } from "./bundle/repository.ts";
import { actionlint } from "./check/actionlint.ts";
import type { Check, Findings } from "./check/check.ts";
import { dependencies } from "./check/dependencies.ts";
import { dist } from "./check/dist.ts";
import { generated } from "./check/generated.ts";
import { inputs } from "./check/inputs.ts";
import { languageService } from "./check/language-service.ts";
import { licences } from "./check/licences.ts";
import { lockFile } from "./check/lock-file.ts";
import { pins } from "./check/pins.ts";
import { shell } from "./check/shell.ts";
import { biome, types } from "./check/tools.ts";
import { zizmor } from "./check/zizmor.ts";

/** The checks in the order in which they are printed; `dist` is compared only where it is asked for. */
export const CHECKS: readonly Check[] = [
  biome,
  types,
  generated,
  inputs,
  languageService,
  actionlint,
  zizmor,
  pins,
  shell,
  licences,
  dependencies,
  lockFile,
];

/**
 * Runs checks, prints a line for each with what it found, and returns the names of those that failed. A check that
 * throws has failed.
 */
export async function runChecks(
  root: string,
  checks: readonly Check[],
  log: (line: string) => void,
): Promise<string[]> {
  const failed: string[] = [];
  for (const check of checks) {
    const started = performance.now();
    const { problems, notRun } = await check.find(root).catch(brokenCheck);
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    if (notRun !== undefined) {
      log(`not run  ${check.name} (${notRun})`);
      continue;
    }
    log(`${problems.length === 0 ? "ok      " : "FAILED  "} ${check.name.padEnd(42)} ${seconds.padStart(7)}`);
    if (problems.length === 0) continue;
    failed.push(check.name);
    for (const problem of problems) log(problem.replace(/^(?=.)/gm, "           "));
    log(`         To mend it: ${check.mend}`);
  }
  return failed;
}

function brokenCheck(error: unknown): Findings {
  return { problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
}

if (import.meta.main) {
  await runCommand(async (args) => {
    const { values } = parseArgs({ args: [...args], options: { dist: { type: "boolean", default: false } } });
    const checks = values.dist ? [...CHECKS, dist] : CHECKS;
    const failed = await runChecks(REPOSITORY, checks, console.log);
    if (failed.length === 0) return;
    throw new UserError(`${failed.length} of ${checks.length} checks failed: ${failed.join(", ")}.`, {
      hint: "Each says above how to mend it.",
    });
  });
}
