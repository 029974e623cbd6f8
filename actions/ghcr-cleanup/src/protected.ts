import { readFile } from "node:fs/promises";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { parseList } from "../../../shared/runtime/values.ts";

// Alone, or at the end of an image's name.
const form = /^(?:[^\s@]+@)?(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const anywhere = /sha256:[0-9a-f]{64}(?![0-9a-f])|sha512:[0-9a-f]{128}(?![0-9a-f])/g;

/**
 * The digests of the input `protect-digests`: given there, or in files that it names (a list with comments behind `#`,
 * or JSON such as the report of a deployment, in which every digest counts). Throws a UserError for what is neither,
 * because something that is deployed would not be protected.
 */
export async function readProtected(value: string): Promise<ReadonlySet<string>> {
  const entries = parseList(value);
  if (entries.length === 1 && entries[0] === "none") return new Set();
  if (entries.length === 0) throw wrong("names nothing", "Write none when nothing is to be protected.");
  const found = new Set<string>();
  for (const entry of entries) {
    const digest = form.exec(entry)?.[1];
    if (digest !== undefined) found.add(digest);
    else for (const each of await digestsIn(entry)) found.add(each);
  }
  return found;
}

async function digestsIn(file: string): Promise<string[]> {
  if (/^sha\d+:/.test(file))
    throw wrong(`${shorten(file)} is no whole digest`, "Give sha256: and 64 hexadecimal digits.");
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (error) {
    throw wrong(
      `${shorten(file)} is neither a digest nor a file that can be read`,
      "Give sha256:… digests, images with a digest (name@sha256:…), or the path of a file with them.",
      error,
    );
  }
  const digests = /^\s*[[{"]/.test(content) ? inJson(content, file) : inLines(content, file);
  if (digests.length === 0) throw wrong(`${shorten(file)} holds no digest`, "See what writes this file.");
  return digests;
}

function inJson(content: string, file: string): string[] {
  try {
    JSON.parse(content);
  } catch (error) {
    throw wrong(`${shorten(file)} is cut off, or no JSON`, "See what writes this file.", error);
  }
  return content.match(anywhere) ?? [];
}

function inLines(content: string, file: string): string[] {
  return content.split("\n").flatMap((line, index) => {
    const text = line.replace(/(?:^|\s)#.*$/, "").trim();
    if (text === "") return [];
    const digest = form.exec(text)?.[1];
    if (digest !== undefined) return [digest];
    throw wrong(
      `${shorten(file)}, line ${index + 1} is no digest`,
      "Write one digest a line, alone or behind an image's name and @.",
    );
  });
}

function wrong(what: string, hint: string, cause?: unknown): UserError {
  return new UserError(`protect-digests: ${what}.`, {
    hint: `${hint} Nothing was deleted.`,
    where: { input: "protect-digests" },
    cause,
  });
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80).toWellFormed()}…` : text);
}
