import { type FileHandle, open } from "node:fs/promises";
import {
  POSITION_NOT_SET,
  POSITION_SET,
  readBlocks,
  readContents,
} from "../../../shared/backup/archive-contents.ts";
import { ArchiveReader, UnexpectedForm } from "../../../shared/backup/archive-reader.ts";
import { bytesOf, type Growth } from "./growing-file.ts";

/** Where the data of the entries are, and where in the table of contents that is to be written. */
export type Offsets = readonly { readonly slot: number; readonly position: number }[];

/**
 * Finds where in an archive the data of each entry are. pg_dump writes that down itself where it writes to a file, and
 * cannot where it writes into a pipe: every session of pg_restore would have to search the archive for each table.
 * Undefined where the archive is not to its last byte what is expected. With `growth`, goes along with a file that is
 * being written.
 */
export async function findOffsets(archive: string, growth?: Growth): Promise<Offsets | undefined> {
  const file = await open(archive, "r");
  try {
    const reader = new ArchiveReader(bytesOf(file, growth));
    const entries = await readContents(reader);
    const blocks = await readBlocks(reader, entries);
    if ([...entries.values()].some(({ state }) => state === POSITION_SET)) return undefined;
    return blocks
      .filter(({ entry }) => entry.state === POSITION_NOT_SET)
      .map(({ entry, position }) => ({ slot: entry.slot, position }));
  } catch (error) {
    if (error instanceof UnexpectedForm) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

/** Writes them down. What the archive holds stays the same. */
export async function writeOffsets(archive: string, offsets: Offsets): Promise<void> {
  const file = await open(archive, "r+");
  try {
    for (const { slot, position } of offsets) await writeOffset(file, slot, position);
  } finally {
    await file.close();
  }
}

async function writeOffset(file: FileHandle, slot: number, position: number): Promise<void> {
  const bytes = Buffer.alloc(9);
  bytes[0] = POSITION_SET;
  bytes.writeBigUInt64LE(BigInt(position), 1);
  await file.write(bytes, 0, bytes.length, slot);
}
