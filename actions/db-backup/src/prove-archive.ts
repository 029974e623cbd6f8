import { type ArchiveOptions, feedArchive, ReaderStopped } from "../../../shared/backup/archive.ts";
import { endText, type RunningProgram } from "../../../shared/backup/program.ts";
import { type ArchiveContent, RowCounter } from "../../../shared/backup/row-counter.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Client } from "./place.ts";

/** What a backup must hold: counted in the snapshot that it was made from. */
export type Expected = {
  /** By table key. */
  readonly rows: ReadonlyMap<string, number>;
  readonly largeObjects: number;
};

/**
 * Reads a stored backup back, all of it, through pg_restore, and compares the rows of every table with what was counted
 * in the snapshot. Returns the bytes of the archive. Throws a UserError when anything is not as it should be.
 */
export async function proveArchive(
  client: Client,
  archive: ArchiveOptions,
  expected: Expected,
): Promise<number> {
  const location = archive.store.locate(archive.object.key);
  const counter = new RowCounter();
  let program: RunningProgram | undefined;
  let unread: unknown;
  const feed = feedArchive(archive, async (stdin) => {
    program = await client.start("pg_restore", ["--data-only", "--file=-"], undefined, {
      stdin,
      signal: archive.signal,
    });
    const { stdout, kill } = program;
    stdout?.on("data", (chunk: Buffer) => {
      if (unread !== undefined) return;
      try {
        counter.push(chunk);
      } catch (error) {
        unread = error;
        kill();
      }
    });
    return program;
  });
  const [fed] = await Promise.allSettled([feed]);
  archive.signal.throwIfAborted();
  const end = await program?.ended;
  archive.signal.throwIfAborted();
  if (unread !== undefined) throw notProven(location, `its data is not understood: ${String(unread)}`);
  // What was stored wrongly explains what pg_restore makes of it.
  if (fed.status === "rejected" && !(fed.reason instanceof ReaderStopped) && !isBrokenPipe(fed.reason))
    throw fed.reason;
  if (program === undefined || end === undefined)
    throw fed.status === "rejected" ? fed.reason : new Error("not started");
  if (end.code !== 0) {
    const said = remoteLine(program.stderr().replace(/^pg_restore: /gm, ""));
    throw notProven(location, `pg_restore cannot read it: ${endText(end)}${said === "" ? "" : `, ${said}`}`);
  }
  if (fed.status === "rejected") throw fed.reason;
  let content: ArchiveContent;
  try {
    content = counter.end();
  } catch (error) {
    throw notProven(location, `its data is not whole: ${String(error)}`);
  }
  compareContent(content, expected, location);
  return fed.value;
}

/** zstd or we ourselves, writing to a pg_restore that has ended. */
function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && /EPIPE|Broken pipe/.test(error.message);
}

const SHOWN = 10;

/** Throws when an archive does not hold what it must. Pure. */
export function compareContent(
  content: Pick<ArchiveContent, "rows" | "largeObjects">,
  expected: Expected,
  location: string,
): void {
  const wrong: string[] = [];
  for (const [table, rows] of expected.rows) {
    const found = content.rows.get(table);
    if (found === undefined) wrong.push(`${nameOf(table)} is missing`);
    else if (found !== rows) wrong.push(`${nameOf(table)} has ${found} rows instead of ${rows}`);
  }
  for (const table of content.rows.keys()) {
    if (!expected.rows.has(table)) wrong.push(`${nameOf(table)} was not there`);
  }
  if (content.largeObjects !== expected.largeObjects) {
    wrong.push(`${content.largeObjects} large objects instead of ${expected.largeObjects}`);
  }
  if (wrong.length === 0) return;
  const more = wrong.length > SHOWN ? ` and ${wrong.length - SHOWN} more` : "";
  throw notProven(location, `${wrong.slice(0, SHOWN).join(", ")}${more}`);
}

function nameOf(table: string): string {
  return (JSON.parse(table) as string[]).join(".");
}

export function notProven(location: string, why: string): UserError {
  return new UserError(`The backup ${location} is not what it must be: ${why}.`, {
    hint: "It was thrown away. Run the step again; if this repeats, it is a bug of this action or of pg_dump: report it.",
  });
}
