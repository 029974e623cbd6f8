import { type FileHandle, open } from "node:fs/promises";
import { FileReader, UnexpectedForm } from "./file-reader.ts";

// From pg_backup_archiver.h and pg_backup_custom.c: the versions of the format that PostgreSQL 14 to 18 write, the kinds
// of blocks, and whether the table of contents knows where an entry's data are.
const VERSIONS = { oldest: 14, newest: 16 } as const;
const CUSTOM_FORMAT = 1;
const [DATA_BLOCK, LARGE_OBJECTS_BLOCK] = [1, 3];
const [POSITION_NOT_SET, POSITION_SET] = [1, 2];

/**
 * Writes into an archive's table of contents where the data of each entry are. pg_dump does so itself where it writes to
 * a file, and cannot where it writes into a pipe: every session of pg_restore would have to search the archive for each
 * table. Changes nothing, and returns false, where the archive is not exactly what is expected. Its content is the same.
 */
export async function writeOffsets(archive: string): Promise<boolean> {
  const file = await open(archive, "r+");
  try {
    const reader = new FileReader(file);
    const slots = await readContents(reader);
    const found = await findData(reader, slots);
    // All at once, and only when the whole archive was understood.
    for (const { slot, position } of found) await writeOffset(file, slot, position);
    return true;
  } catch (error) {
    if (error instanceof UnexpectedForm) return false;
    throw error;
  } finally {
    await file.close();
  }
}

type Found = { readonly slot: number; readonly position: number };

/** Reads the head and the table of contents: where, by dump id, the position of an entry's data is to be written. */
async function readContents(reader: FileReader): Promise<Map<number, number>> {
  for (const letter of Buffer.from("PGDMP")) expect(await reader.byte(), letter, "magic");
  expect(await reader.byte(), 1, "major version");
  const minor = await reader.byte();
  if (minor < VERSIONS.oldest || minor > VERSIONS.newest) throw new UnexpectedForm("minor version");
  await reader.byte();
  expect(await reader.byte(), 4, "size of an integer");
  expect(await reader.byte(), 8, "size of an offset");
  expect(await reader.byte(), CUSTOM_FORMAT, "format");
  if (minor >= 15) await reader.byte();
  else await reader.integer(); // Compression.
  for (let part = 0; part < 7; part++) await reader.integer(); // The time at which it was made.
  for (let text = 0; text < 3; text++) await reader.skipText(); // The database, and two versions.
  const slots = new Map<number, number>();
  const entries = await reader.integer();
  for (let entry = 0; entry < entries; entry++) {
    const id = await reader.integer();
    await reader.integer(); // Whether there are data.
    for (let text = 0; text < 4; text++) await reader.skipText(); // Two oids, tag, description.
    await reader.integer(); // Section.
    // Three statements; schema, tablespace, access method.
    for (let text = 0; text < 6; text++) await reader.skipText();
    if (minor >= 16) await reader.integer(); // Kind of relation.
    for (let text = 0; text < 2; text++) await reader.skipText(); // Owner, and whether it has oids.
    while (await reader.skipText()); // What it depends on.
    const slot = reader.position;
    const state = await reader.byte();
    if (state === POSITION_SET) throw new UnexpectedForm("the positions are there already");
    if (state === POSITION_NOT_SET) slots.set(id, slot);
    reader.skip(8);
  }
  return slots;
}

/** Goes through the data block by block up to the end of the file. */
async function findData(reader: FileReader, slots: ReadonlyMap<number, number>): Promise<Found[]> {
  const found = new Map<number, Found>();
  for (;;) {
    const { position } = reader;
    const kind = await reader.byteOrEnd();
    if (kind === undefined) break;
    const id = await reader.integer();
    const slot = slots.get(id);
    if (slot === undefined || found.has(id)) throw new UnexpectedForm("data of no entry");
    found.set(id, { slot, position });
    if (kind === DATA_BLOCK) await reader.skipPieces();
    else if (kind === LARGE_OBJECTS_BLOCK) while ((await reader.integer()) !== 0) await reader.skipPieces();
    else throw new UnexpectedForm("kind of block");
  }
  return [...found.values()];
}

async function writeOffset(file: FileHandle, slot: number, position: number): Promise<void> {
  const bytes = Buffer.alloc(9);
  bytes[0] = POSITION_SET;
  bytes.writeBigUInt64LE(BigInt(position), 1);
  await file.write(bytes, 0, bytes.length, slot);
}

function expect(found: number, expected: number, what: string): void {
  if (found !== expected) throw new UnexpectedForm(what);
}
