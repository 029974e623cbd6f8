import { readFile } from "node:fs/promises";
import type { Revision } from "./revision.ts";

/** Why revisions may not have a way down, by their id: what their authors declared. */
export type Declared = ReadonlyMap<string, string>;

const MARKER = /\bmigration-check:\s*irreversible\b[ \t:,-]*(.*)/i;

/** Reads what is declared: by the input, and by a comment `migration-check: irreversible, why` in a file. */
export async function readDeclared(
  revisions: readonly Revision[],
  listed: readonly string[],
): Promise<Declared> {
  const declared = new Map<string, string>();
  await Promise.all(
    revisions.map(async ({ id, file }) => {
      const reason = file === undefined ? undefined : reasonIn(await readFile(file, "utf8").catch(() => ""));
      if (reason !== undefined) declared.set(id, reason || "a comment in its file says so");
      else if (listed.includes(id)) declared.set(id, "the input irreversible says so");
    }),
  );
  return declared;
}

/** The reason that a file gives; undefined where it declares nothing. */
export function reasonIn(text: string): string | undefined {
  return MARKER.exec(text)?.[1]
    ?.replace(/\*\/\s*$|-->\s*$/, "")
    .trim();
}
