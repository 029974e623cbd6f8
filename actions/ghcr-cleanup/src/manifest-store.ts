import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import type { RawManifest } from "../../../shared/registry/registry.ts";
import type { Manifest } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";

const HEAD = "ghcr-cleanup manifests 1";
// What a file of a hundred thousand manifests has; a file that unpacks to more is none of ours.
const LARGEST_BYTES = 1024 * 1024 * 1024;

/**
 * Manifests by digest, kept in a file between runs. What comes out of the file is proven by its digest, so a file that
 * somebody has changed, or that is broken, costs nothing but the reads that it would have saved.
 */
export class ManifestStore {
  readonly #file: string | undefined;
  readonly #kept = new Map<string, RawManifest>();
  #changed = false;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Reads the file. Returns why it could not be used, in words; a file that is not there yet is none. */
  async load(): Promise<string | undefined> {
    if (this.#file === undefined) return undefined;
    let packed: Buffer;
    try {
      packed = await readFile(this.#file);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "it cannot be read";
    }
    try {
      const text = await promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip)(packed, {
        maxOutputLength: LARGEST_BYTES,
      });
      return this.#take(text);
    } catch {
      return "it is not a file of this action";
    }
  }

  /** One manifest, when it is known. */
  get(digest: string): Manifest | undefined {
    const raw = this.#kept.get(digest);
    if (raw === undefined) return undefined;
    const manifest = readManifest(raw.bytes, raw.mediaType);
    return "children" in manifest ? manifest : undefined;
  }

  add(digest: string, raw: RawManifest): void {
    if (this.#file === undefined) return;
    this.#kept.set(digest, raw);
    this.#changed = true;
  }

  /** Writes the file, in one step, so that nobody ever finds half of it. `wanted` says what is worth keeping. */
  async save(wanted: (digest: string) => boolean): Promise<void> {
    if (this.#file === undefined || !this.#changed) return;
    const parts: Buffer[] = [Buffer.from(`${HEAD}\n`)];
    for (const [digest, { mediaType, bytes }] of this.#kept) {
      if (wanted(digest)) parts.push(Buffer.from(`${digest} ${bytes.length} ${mediaType}\n`), bytes, NEWLINE);
    }
    const packed = await promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)(Buffer.concat(parts), {
      level: 4,
    });
    await mkdir(path.dirname(path.resolve(this.#file)), { recursive: true });
    const next = `${this.#file}.${randomBytes(4).toString("hex")}.tmp`;
    try {
      await writeFile(next, packed, { mode: 0o600 });
      await rename(next, this.#file);
    } finally {
      await rm(next, { force: true });
    }
    this.#changed = false;
  }

  #take(text: Buffer): string | undefined {
    let at = text.indexOf(0x0a);
    if (text.subarray(0, Math.max(0, at)).toString() !== HEAD) return "it is not a file of this action";
    at++;
    let broken = 0;
    while (at < text.length) {
      const end = text.indexOf(0x0a, at);
      const head = /^(sha256|sha512):([0-9a-f]{64,128}) (\d{1,8}) ([^\n]{0,255})$/.exec(
        text.subarray(at, end).toString(),
      );
      if (end === -1 || head === null) return "it is cut off";
      const [, algorithm = "", hex = "", length = "", mediaType = ""] = head;
      const bytes = text.subarray(end + 1, end + 1 + Number(length));
      at = end + 1 + Number(length) + 1;
      if (createHash(algorithm).update(bytes).digest("hex") !== hex) broken++;
      else this.#kept.set(`${algorithm}:${hex}`, { mediaType, bytes });
    }
    return broken > 0 ? `${broken} of its manifests are not what their digests say` : undefined;
  }
}

const NEWLINE = Buffer.from("\n");
