import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

export type StoredBody = {
  readonly body: Buffer;
  readonly etag: string;
  /** What it was stored with: storage class, encryption. */
  readonly kept: Readonly<Record<string, string>>;
};

type Part = { readonly body: Buffer; readonly etag: string; readonly crc: string | undefined };

export type Upload = {
  readonly key: string;
  /** The upload was begun with a checksum algorithm: every part must have one, and be named with it at the end. */
  readonly checked: boolean;
  readonly kept: Readonly<Record<string, string>>;
  readonly parts: Map<number, Part>;
  /** Tests set it back. */
  begunAt: Date;
};

export type NamedPart = { readonly number: number; readonly etag: string; readonly crc: string | undefined };

/** An error as S3 gives it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const SMALLEST_PART = 5 * 1024 * 1024;
const MOST_PARTS = 10_000;

/** What a bucket holds, and the rules of multipart uploads ("Multipart upload limits", S3 user guide). */
export class Bucket {
  readonly objects = new Map<string, StoredBody>();
  readonly uploads = new Map<string, Upload>();

  put(key: string, body: Buffer, kept: StoredBody["kept"]): StoredBody {
    const stored = { body, etag: `"${md5(body)}"`, kept };
    this.objects.set(key, stored);
    return stored;
  }

  begin(key: string, checked: boolean, kept: Upload["kept"]): string {
    const id = randomBytes(12).toString("base64url");
    this.uploads.set(id, { key, checked, kept, parts: new Map(), begunAt: new Date() });
    return id;
  }

  upload(key: string, id: string): Upload {
    const upload = this.uploads.get(id);
    if (upload?.key === key) return upload;
    throw new Refusal(404, "NoSuchUpload", "The specified upload does not exist.");
  }

  addPart(key: string, id: string, number: number, body: Buffer, crc: string | undefined): Part {
    const upload = this.upload(key, id);
    if (!(number >= 1 && number <= MOST_PARTS))
      throw new Refusal(
        400,
        "InvalidArgument",
        "Part number must be an integer between 1 and 10000, inclusive",
      );
    const part = { body, etag: `"${md5(body)}"`, crc };
    upload.parts.set(number, part);
    return part;
  }

  complete(key: string, id: string, named: readonly NamedPart[]): StoredBody {
    const { parts, checked, kept } = this.upload(key, id);
    if (named.length === 0)
      throw new Refusal(400, "MalformedXML", "The XML you provided was not well-formed");
    const chosen = named.map(({ number, etag, crc }, index) => {
      const part = parts.get(number);
      if (part === undefined || part.etag !== etag)
        throw new Refusal(400, "InvalidPart", "parts could not be found");
      if (checked && crc === undefined)
        throw new Refusal(
          400,
          "InvalidRequest",
          "The complete request must include the checksum for each part.",
        );
      if (crc !== undefined && crc !== part.crc)
        throw new Refusal(400, "InvalidPart", "checksum did not match");
      if (index > 0 && number <= (named[index - 1]?.number ?? 0))
        throw new Refusal(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
      if (index < named.length - 1 && part.body.length < SMALLEST_PART)
        throw new Refusal(
          400,
          "EntityTooSmall",
          "Your proposed upload is smaller than the minimum allowed size",
        );
      return part.body;
    });
    this.uploads.delete(id);
    const stored = this.put(key, Buffer.concat(chosen), kept);
    const whole = { ...stored, etag: `"${md5(Buffer.from(id))}-${named.length}"` };
    this.objects.set(key, whole);
    return whole;
  }
}

export function crc32Base64(body: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString("base64");
}

function md5(body: Buffer): string {
  return createHash("md5").update(body).digest("hex");
}
