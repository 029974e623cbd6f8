import { type ArchiveReader, UnexpectedForm } from "./archive-reader.ts";

// From pg_backup_archiver.h and pg_backup_custom.c: the versions of the format that PostgreSQL 14 to 18 write, the kinds
// of blocks, and whether the table of contents knows where an entry's data are.
const VERSIONS = { oldest: 14, newest: 16 } as const;
const CUSTOM_FORMAT = 1;
const [DATA_BLOCK, LARGE_OBJECTS_BLOCK] = [1, 3];
export const [POSITION_NOT_SET, POSITION_SET] = [1, 2] as const;

/** An entry of the table of contents. */
export type Entry = {
  /** Such as `TABLE DATA`. */
  readonly kind: string | undefined;
  readonly schema: string | undefined;
  readonly name: string | undefined;
  /** Where the position of its data is, or may be, written, after a byte for which of the two. */
  readonly slot: number;
  readonly state: number;
};

/** The data of one entry. */
export type Block = {
  readonly entry: Entry;
  readonly position: number;
  /** Rows of a table, or large objects. */
  readonly count: number;
};

/** Reads the head and the table of contents of an archive that is not compressed: its entries by their dump id. */
export async function readContents(reader: ArchiveReader): Promise<Map<number, Entry>> {
  for (const letter of Buffer.from("PGDMP")) expect(await reader.byte(), letter, "magic");
  expect(await reader.byte(), 1, "major version");
  const minor = await reader.byte();
  if (minor < VERSIONS.oldest || minor > VERSIONS.newest) throw new UnexpectedForm("minor version");
  await reader.byte();
  expect(await reader.byte(), 4, "size of an integer");
  expect(await reader.byte(), 8, "size of an offset");
  expect(await reader.byte(), CUSTOM_FORMAT, "format");
  expect(minor >= 15 ? await reader.byte() : await reader.integer(), 0, "compression");
  for (let part = 0; part < 7; part++) await reader.integer(); // The time at which it was made.
  for (let text = 0; text < 3; text++) await reader.skipText(); // The database, and two versions.
  const entries = new Map<number, Entry>();
  const count = await reader.integer();
  for (let read = 0; read < count; read++) {
    const id = await reader.integer();
    await reader.integer(); // Whether there are data.
    for (let text = 0; text < 2; text++) await reader.skipText(); // Two oids.
    const [name, kind] = [await reader.text(), await reader.text()];
    await reader.integer(); // Section.
    for (let text = 0; text < 3; text++) await reader.skipText(); // Three statements.
    const schema = await reader.text();
    for (let text = 0; text < 2; text++) await reader.skipText(); // Tablespace, access method.
    if (minor >= 16) await reader.integer(); // Kind of relation.
    for (let text = 0; text < 2; text++) await reader.skipText(); // Owner, and whether it has oids.
    while (await reader.skipText()); // What it depends on.
    const slot = reader.position;
    const state = await reader.byte();
    reader.skip(8);
    entries.set(id, { kind, schema, name, slot, state });
  }
  return entries;
}

/** Goes through the data block by block up to the end of the archive. */
export async function readBlocks(
  reader: ArchiveReader,
  entries: ReadonlyMap<number, Entry>,
): Promise<Block[]> {
  const found = new Map<number, Block>();
  for (;;) {
    const { position } = reader;
    const kind = await reader.byteOrEnd();
    if (kind === undefined) return [...found.values()];
    const id = await reader.integer();
    const entry = entries.get(id);
    if (entry === undefined || found.has(id)) throw new UnexpectedForm("data of no entry");
    found.set(id, { entry, position, count: await countIn(reader, kind) });
  }
}

async function countIn(reader: ArchiveReader, kind: number): Promise<number> {
  if (kind === DATA_BLOCK) return reader.countRows();
  if (kind !== LARGE_OBJECTS_BLOCK) throw new UnexpectedForm("kind of block");
  let objects = 0;
  for (; (await reader.integer()) !== 0; objects++) await reader.skipPieces();
  return objects;
}

function expect(found: number, expected: number, what: string): void {
  if (found !== expected) throw new UnexpectedForm(what);
}
