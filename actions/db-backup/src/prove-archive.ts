import { openArchive } from "../../../shared/backup/archive.ts";
import { UnexpectedForm } from "../../../shared/backup/archive-reader.ts";
import { type ArchiveContent, countArchive } from "../../../shared/backup/archive-rows.ts";
import { complaintOf } from "../../../shared/backup/complaint.ts";
import { writerInto } from "../../../shared/backup/feeding.ts";
import { endText, type RunningProgram } from "../../../shared/backup/program.ts";
import type { ArchiveOptions } from "../../../shared/backup/stored-bytes.ts";
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
 * Reads a stored backup back, has pg_restore read all of it, and compares the rows of every table with what was counted
 * in the snapshot. Returns the bytes of the archive. Throws a UserError when anything is not as it should be.
 */
export async function proveArchive(
  client: Client,
  archive: ArchiveOptions,
  expected: Expected,
): Promise<number> {
  const location = archive.store.locate(archive.object.key);
  const { signal } = archive;
  // Not by the zstd program: bytes that this process has to see come cheaper from its own threads than through a pipe.
  const unpacked = await openArchive({ ...archive, zstd: undefined });
  // pg_restore writes out as SQL what it reads; the rows are counted on the way to it, which is a third of the work.
  const program = await client.start("pg_restore", ["--file=/dev/null"], undefined, {
    stdin: "pipe",
    signal,
  });
  program.stdout?.resume();
  let bytes = 0;
  const passOn = passingTo(program);
  const reading = countArchive(async () => {
    const { done, value } = await unpacked.next();
    if (done === true) {
      program.stdin?.end();
      return undefined;
    }
    bytes += value.length;
    await passOn(value);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  });
  const [read] = await Promise.allSettled([reading]);
  await unpacked.return(undefined);
  signal.throwIfAborted();
  const error: unknown = read.status === "rejected" ? read.reason : undefined;
  // Before its input ends: it must not take a part for the whole.
  const broken = program.stdin?.writableEnded !== true && !(error instanceof NotTaken);
  if (broken) program.kill();
  const end = await program.ended;
  signal.throwIfAborted();
  if (error !== undefined && !(error instanceof NotTaken || error instanceof UnexpectedForm)) throw error;
  // What pg_restore says comes first: it is the one that will have to read it.
  if (end.code !== 0 && !broken) {
    const said = remoteLine(complaintOf(program.stderr()));
    throw notProven(location, `pg_restore cannot read it: ${endText(end)}${said === "" ? "" : `, ${said}`}`);
  }
  if (read.status === "rejected")
    throw notProven(location, `its data is not understood: ${error instanceof Error ? error.message : ""}`);
  compareContent(read.value, expected, location);
  return bytes;
}

/** The program has ended before all was written to it. */
class NotTaken extends Error {
  override readonly message = "pg_restore did not take all of it";
}

function passingTo({ stdin, ended }: RunningProgram): (chunk: Uint8Array) => Promise<void> {
  if (stdin === undefined) throw new Error("pg_restore without an input");
  const write = writerInto(stdin, ended);
  return async (chunk) => {
    if (!(await write(chunk))) throw new NotTaken();
  };
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
