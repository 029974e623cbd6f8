import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { Readable, type Stream } from "node:stream";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { feedArchive, openArchive, saveArchive } from "../../shared/backup/archive.ts";
import { findZstd } from "../../shared/backup/compression.ts";
import { encode } from "../../shared/backup/encode.ts";
import { FanOut } from "../../shared/backup/fan-out.ts";
import type { Manifest } from "../../shared/backup/manifest.ts";
import type { ArchiveOptions } from "../../shared/backup/stored-bytes.ts";
import { UserError } from "../../shared/runtime/user-error.ts";
import { openLocalStore } from "../../shared/storage/local/local-store.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const { signal } = new AbortController();
const zstdProgram = findZstd(process.env);
// Half of it compresses, half does not.
const CONTENT = Buffer.concat([Buffer.alloc(150_000, "rows and rows"), randomBytes(150_000)]);

let identity: string;
let recipient: string;
beforeAll(async () => {
  identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
});

type Object = Manifest["object"];
type Way = {
  readonly compression: Object["compression"];
  readonly encrypted: boolean;
  readonly zstd: string | undefined;
};

const WAYS: readonly Way[] = [
  ...[true, false].flatMap((encrypted) => [
    { compression: "zstd" as const, encrypted, zstd: zstdProgram },
    { compression: "zstd" as const, encrypted, zstd: undefined },
    { compression: "gzip" as const, encrypted, zstd: undefined },
    { compression: "none" as const, encrypted, zstd: undefined },
  ]),
];

const key = "shop/20261121T000000Z_0.dump";

async function stored({ compression, encrypted, zstd }: Way, content = CONTENT) {
  const folder = makeTempDir("archive");
  onTestFinished(() => folder.remove());
  const store = openLocalStore(folder.path);
  const pending = await store.begin(key, { signal });
  const into = new FanOut([{ name: "here", sink: pending.sink }]);
  const size = content.length / 20;
  const pieces = Array.from({ length: 20 }, (_, index) => content.subarray(index * size, (index + 1) * size));
  const recipients = encrypted ? [recipient] : [];
  const encoded = await encode(
    { output: Readable.from(pieces, { objectMode: false }), whole: Promise.resolve(), kill: () => undefined },
    { compression, level: undefined, zstd, signal, recipients, into, onBytes: () => undefined },
  );
  await pending.publish();
  const object: Object = {
    ...{ key, ...encoded, compression, encryption: encrypted ? "age" : "none", recipients },
    archiveBytes: content.length,
  };
  return { store, object, file: path.join(folder.path, key) };
}

/** All of it; each chunk is the reader's only until it asks for the next. */
async function contentOf(archive: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe.each(WAYS)("an archive with $compression (program: $zstd), encrypted: $encrypted", (way) => {
  it("comes back byte for byte, as a stream and through a program", async () => {
    const { store, object } = await stored(way);
    const options = { store, object, identities: [identity], zstd: way.zstd, signal };
    expect((await contentOf(await openArchive(options))).equals(CONTENT)).toBe(true);
    const read: Buffer[] = [];
    let ended: Promise<unknown> | undefined;
    await feedArchive(options, (stdin) => {
      const cat = spawn("cat", { stdio: [stdin, "pipe", "inherit"] });
      cat.stdout?.on("data", (chunk: Buffer) => void read.push(chunk));
      ended = new Promise((resolve) => cat.once("close", resolve));
      return cat;
    });
    await ended;
    expect(Buffer.concat(read).equals(CONTENT)).toBe(true);
  });

  it("is saved byte for byte, and says so where it cannot be written", async () => {
    const { store, object, file } = await stored(way);
    const options = { store, object, identities: [identity], zstd: way.zstd, signal };
    const into = await open(`${file}.saved`, "wx");
    expect(await saveArchive(options, into)).toBe(CONTENT.length);
    await into.close();
    expect(readFileSync(`${file}.saved`).equals(CONTENT)).toBe(true);
    const full = await open("/dev/full", "w");
    await expect(saveArchive(options, full)).rejects.toMatchObject({
      name: "CannotWrite",
      message: expect.stringMatching(/no space left/i),
    });
    await full.close();
  });

  const flip = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy;
  };
  it.each<[string, (bytes: Buffer) => Buffer | undefined]>([
    ["cut in half", (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["cut by its last byte", (bytes) => bytes.subarray(0, -1)],
    ["cut to nothing", () => Buffer.alloc(0)],
    ["with a bit flipped at its beginning", (bytes) => flip(bytes, 5)],
    ["with a bit flipped in its middle", (bytes) => flip(bytes, bytes.length >> 1)],
    ["with a bit flipped at its end", (bytes) => flip(bytes, bytes.length - 1)],
    ["with more behind it", (bytes) => Buffer.concat([bytes, Buffer.from("\n")])],
    ["in the place of another", (bytes) => Buffer.from(bytes).reverse()],
    ["that is gone", () => undefined],
  ])("is refused %s", async (_name, damage) => {
    const { store, object, file } = await stored(way);
    const damaged = damage(readFileSync(file));
    if (damaged === undefined) rmSync(file);
    else writeFileSync(file, damaged);
    const options = { store, object, identities: [identity], zstd: way.zstd, signal };
    const message =
      /is damaged: |does not exist|does not decrypt|zstd ended with|not encrypted to|incorrect|unexpected|Frame|Data corruption|Unknown frame/;
    await expect((async () => contentOf(await openArchive(options)))()).rejects.toThrow(message);
    let ended: Promise<NodeJS.Signals | number | null> | undefined;
    const feeding = feedArchive(options, (stdin) => {
      const cat = spawn("cat", { stdio: [stdin, "ignore", "inherit"] });
      ended = new Promise((resolve) => cat.once("close", (code, name) => resolve(code ?? name)));
      return cat;
    });
    await expect(feeding).rejects.toThrow(message);
    await ended; // Nothing is left running.
    const into = await open(`${file}.saved`, "wx");
    await expect(saveArchive(options, into)).rejects.toThrow(message);
    await into.close();
  });
});

describe.each(WAYS)(
  "an archive of many pieces, $compression (program: $zstd), encrypted: $encrypted",
  (way) => {
    // Unevenly, so that no piece of the one ends where a piece of the other does.
    const large = Buffer.concat([
      randomBytes(2_100_000),
      Buffer.alloc(3_300_020, "row\n"),
      randomBytes(700_000),
    ]);

    it("is whole wherever it goes, at whatever pace, though its memory is used again", async () => {
      const { store, object, file } = await stored(way, large);
      const options = { store, object, identities: [identity], zstd: way.zstd, signal };
      let held: Uint8Array[] = [];
      const slow = async function* () {
        for await (const chunk of await openArchive(options)) {
          held.push(chunk);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
          yield chunk;
        }
      };
      expect((await contentOf(slow())).equals(large)).toBe(true);
      const empty = held.filter(({ length }) => length === 0).length;
      if (way.compression === "none") expect(empty).toBe(0);
      else if (way.zstd === undefined) expect(empty).toBeGreaterThan(0);
      held = [];

      const out = `${file}.out`;
      const reader = (stdin: "pipe" | Stream) =>
        spawn("sh", ["-c", `sleep 0.1; exec dd of=${out} bs=1000 2>/dev/null`], {
          stdio: [stdin, "ignore", "inherit"],
        });
      let ended: Promise<unknown> | undefined;
      await feedArchive(options, (stdin) => {
        const program = reader(stdin);
        ended = new Promise((resolve) => program.once("close", resolve));
        return program;
      });
      await ended;
      expect(readFileSync(out).equals(large)).toBe(true);

      const into = await open(`${file}.saved`, "wx");
      expect(await saveArchive(options, into)).toBe(large.length);
      await into.close();
      expect(readFileSync(`${file}.saved`).equals(large)).toBe(true);
    });
  },
);

describe.each(WAYS)(
  "an archive whose storage fails, $compression (program: $zstd), encrypted: $encrypted",
  (way) => {
    it.each([0, 1, 150_000])("after %d bytes says so, and not that the backup is damaged", async (whole) => {
      const { store, object, file } = await stored(way);
      const bytes = readFileSync(file);
      const failing = async function* () {
        if (whole > 0) yield bytes.subarray(0, whole);
        throw new UserError("The storage failed.", { hint: "Look at it." });
      };
      const options: ArchiveOptions = {
        ...{ object, identities: [identity], zstd: way.zstd, signal },
        store: { ...store, read: async () => Readable.from(failing(), { objectMode: false }) },
      };
      const failure = { name: "UserError", message: "The storage failed." };
      await expect((async () => contentOf(await openArchive(options)))()).rejects.toMatchObject(failure);
    });
  },
);

describe("an archive of many pieces, in whose middle bytes were overwritten", () => {
  const large = randomBytes(6_000_000);
  it.each([
    ["the zstd program", zstdProgram],
    ["Node's own zlib", undefined],
  ])("is told to be damaged, though whoever unpacks it stops reading: %s", async (_name, zstd) => {
    const { store, object, file } = await stored({ compression: "zstd", encrypted: false, zstd }, large);
    const bytes = readFileSync(file);
    bytes.fill(0xff, 2_500_000, 2_900_000);
    writeFileSync(file, bytes);
    const into = await open(`${file}.saved`, "wx");
    const saving = saveArchive({ store, object, identities: [], zstd, signal }, into);
    await expect(saving).rejects.toMatchObject({ message: expect.stringContaining("is damaged") });
    await into.close();
  });
});
