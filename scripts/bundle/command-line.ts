import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";

/** Runs the body of an npm script: what the user can mend is printed as text, anything else with its stack; exit 1. */
export async function runCommand(body: (args: readonly string[]) => Promise<void>): Promise<void> {
  try {
    await body(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  }
}

/** The text of an error as a person at a terminal needs it. */
export function describeError(error: unknown): string {
  if (error instanceof UserErrors) return error.problems.map(describeError).join("\n");
  if (!(error instanceof UserError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { file, line, column } = error.where ?? {};
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return `${place === "" ? "" : `${place}: `}${error.message}\n  ${error.hint}`;
}
