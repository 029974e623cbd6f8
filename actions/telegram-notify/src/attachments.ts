import { readFile, stat } from "node:fs/promises";
import path from "node:path";

export type Attachment = {
  readonly kind: "photo" | "document";
  readonly name: string;
  readonly bytes: Buffer;
};

/** Files that go together: one by itself, or two to ten of a kind as an album. */
export type Group = readonly Attachment[];

export type Attachments = {
  readonly groups: readonly Group[];
  /** Files that cannot be sent, and why: the message goes without them. */
  readonly missing: readonly { readonly file: string; readonly why: string }[];
};

// https://core.telegram.org/bots/api#sending-files and #sendmediagroup
const mebibyte = 1024 * 1024;
const largestPhoto = 10 * mebibyte;
const largestDocument = 50 * mebibyte;
const largestGroup = 10;

/** Reads the files. What is no file by now, is empty or too large is missing, and keeps no message from being sent. */
export async function readAttachments(files: readonly string[]): Promise<Attachments> {
  const attachments: Attachment[] = [];
  const missing: { file: string; why: string }[] = [];
  for (const file of files) {
    const found = await readAttachment(file);
    if (typeof found === "string") missing.push({ file, why: found });
    else attachments.push(found);
  }
  return { groups: groupsOf(attachments), missing };
}

async function readAttachment(file: string): Promise<Attachment | string> {
  try {
    const info = await stat(file);
    if (!info.isFile()) return "it is no file";
    if (info.size === 0) return "it is empty, and Telegram takes no empty files";
    if (info.size > largestDocument)
      return "it is larger than 50 MiB, the most that Telegram takes from bots";
    const bytes = await readFile(file);
    const picture = /\.(?:jpe?g|png|webp)$/i.test(file) && bytes.length <= largestPhoto;
    return { kind: picture ? "photo" : "document", name: path.basename(file), bytes };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
  }
}

/** In the given order; pictures and documents cannot be in one album. */
export function groupsOf(attachments: readonly Attachment[]): Group[] {
  const groups: Attachment[][] = [];
  for (const attachment of attachments) {
    const group = groups.findLast(([first]) => first?.kind === attachment.kind);
    if (group === undefined || group.length === largestGroup) groups.push([attachment]);
    else group.push(attachment);
  }
  return groups;
}
