import { type Program, programEnvironment } from "../../../shared/postgres/programs.ts";
import { runChild } from "../../../shared/runtime/child-process.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/** The archive's table of contents as `pg_restore --list` writes it, a line for each item. */
export type Contents = { readonly text: string; readonly items: number };

/** Reads it. Throws a UserError. */
export async function contentsOf(
  program: Program,
  archive: string,
  options: { readonly env: Readonly<NodeJS.ProcessEnv>; readonly signal: AbortSignal },
): Promise<Contents> {
  let text = "";
  let said = "";
  const end = await runChild(program.path, ["--list", archive], {
    ...{ signal: options.signal, env: programEnvironment(options.env) },
    onStdout: (chunk) => {
      text += chunk.toString("latin1");
    },
    onStderr: (chunk) => {
      said += chunk.toString();
    },
  });
  if (end.code !== 0) {
    throw new UserError(`pg_restore ${program.version} cannot read the archive: ${remoteLine(said)}.`, {
      hint: "It is no archive of pg_dump, or of a newer one than this pg_restore.",
    });
  }
  return { text, items: text.split("\n").filter((line) => /^\d+;/.test(line)).length };
}

/** The contents without the extensions of these names, and without their comments. */
export function withoutExtensions(text: string, names: readonly string[]): string {
  // As pg_restore shows names: line ends in them as blanks, everything else as it is, here byte by byte.
  const shown = names.map((name) => Buffer.from(name).toString("latin1"));
  const unwanted = (line: string): boolean => {
    const [, own] = /^\d+; \d+ \d+ EXTENSION - (.*?) ?$/.exec(line) ?? [];
    const [, about] = /^\d+; \d+ \d+ COMMENT - EXTENSION (.*?) ?$/.exec(line) ?? [];
    const name = own ?? about?.replace(/^"(.*)"$/, "$1").replaceAll('""', '"');
    return name !== undefined && shown.includes(name);
  };
  return text
    .split("\n")
    .map((line) => (unwanted(line) ? `;${line}` : line))
    .join("\n");
}
