import { readBlocks, readContents } from "./archive-contents.ts";
import { ArchiveReader, type NextBytes } from "./archive-reader.ts";

/** What an archive holds. */
export type ArchiveContent = {
  /** Rows by table, `schema` and `name` as {@link tableKey} joins them. */
  readonly rows: ReadonlyMap<string, number>;
  readonly largeObjects: number;
};

/** A table as a key of a map. */
export function tableKey(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

/**
 * Counts what an uncompressed archive of pg_dump holds as its bytes come by. pg_dump writes each row as COPY gives it
 * to it, as one piece of data (pg_dump.c, dumpTableData_copy). Throws an UnexpectedForm for one that is not understood
 * to its last byte.
 */
export async function countArchive(next: NextBytes): Promise<ArchiveContent> {
  const reader = new ArchiveReader(next);
  const entries = await readContents(reader);
  const rows = new Map<string, number>();
  let largeObjects = 0;
  for (const { entry, count } of await readBlocks(reader, entries)) {
    const { kind, schema, name } = entry;
    if (kind === "TABLE DATA") rows.set(tableKey(schema ?? "", name ?? ""), count);
    else if (kind === "BLOBS") largeObjects += count;
  }
  return { rows, largeObjects };
}
