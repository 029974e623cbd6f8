import type { Attachment } from "./chat.ts";
import { badRequest, Misuse } from "./refusal.ts";
import type { UploadedFile } from "./request.ts";

// https://core.telegram.org/bots/api#sendphoto
const PHOTO_BYTES = 10 * 1024 * 1024;
const PHOTO_SIDES = 10_000;
const PHOTO_RATIO = 20;

/** The files that came with a request, each to be used once. */
export class Uploads {
  readonly #left: Map<string, UploadedFile>;

  constructor(files: ReadonlyMap<string, UploadedFile>) {
    this.#left = new Map(files);
  }

  /** The file that a parameter names: `attach://field`, or the field of the parameter's own name. */
  take(kind: Attachment["kind"], reference: string | undefined, ownField?: string): Attachment {
    const field = reference?.startsWith("attach://") === true ? reference.slice(9) : ownField;
    if (field === undefined || (reference !== undefined && !reference.startsWith("attach://")))
      throw new Misuse(`'${reference}' names no file of this request`);
    const file = this.#left.get(field);
    if (file === undefined) throw badRequest(`There is no ${kind} in the request`);
    this.#left.delete(field);
    if (file.bytes.length === 0) throw badRequest("File must be non-empty");
    if (file.name === "" || file.name.includes("/")) throw new Misuse(`the file name '${file.name}'`);
    if (kind === "photo") checkPhoto(file.bytes);
    return { kind, ...file };
  }

  checkAllUsed(): void {
    if (this.#left.size > 0) throw new Misuse(`files that no parameter names: ${[...this.#left.keys()]}`);
  }
}

function checkPhoto(bytes: Buffer): void {
  if (bytes.length > PHOTO_BYTES)
    throw badRequest(
      `File of size ${bytes.length} bytes is too big for a photo; the maximum size is ${PHOTO_BYTES} bytes`,
    );
  const size = imageSize(bytes);
  if (size === undefined) throw badRequest("IMAGE_PROCESS_FAILED");
  const [long, short] = [Math.max(...size), Math.min(...size)];
  if (short === 0 || long + short > PHOTO_SIDES || long / short > PHOTO_RATIO)
    throw badRequest("PHOTO_INVALID_DIMENSIONS");
}

/** Width and height by the first bytes of a PNG, GIF or JPEG. */
export function imageSize(bytes: Buffer): readonly [number, number] | undefined {
  if (bytes.subarray(0, 8).toString("latin1") === "\x89PNG\r\n\x1a\n" && bytes.length >= 24)
    return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (/^GIF8[79]a/.test(bytes.subarray(0, 6).toString("latin1")) && bytes.length >= 10)
    return [bytes.readUInt16LE(6), bytes.readUInt16LE(8)];
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
