import { constants } from "node:fs";
import { type FileHandle, glob, open, realpath } from "node:fs/promises";
import path from "node:path";
import { UserError, type Where } from "../../../../shared/runtime/user-error.ts";

/** The folders in which files may lie: the checked-out repository, and the temporary folder of the job. */
export type Roots = { readonly workspace: string; readonly temp: string | undefined };

/** A file that was found: as the user would write it, and where it really is. */
export type Found = { readonly path: string; readonly real: string };

/** Thrown where a glob matches no file at all. */
export class NoMatch extends UserError {}

const MOST_FILES = 10_000;

/**
 * The files that a glob matches, in order. Symbolic links are followed only as far as they stay within the folder in
 * which the search began: a pull request can bring a link to anywhere.
 * Throws UserError where nothing matches, or something lies outside.
 */
export async function findFiles(pattern: string, what: string, roots: Roots, where: Where): Promise<Found[]> {
  const refuse = (why: string, hint: string): UserError =>
    new UserError(`${what}: "${pattern}" ${why}.`, { hint, where });
  const root = await rootOf(pattern, roots);
  if (root === undefined) {
    throw refuse(
      "is outside the workspace",
      "Reports are read from the workspace, or from the folder RUNNER_TEMP.",
    );
  }
  const paths: string[] = [];
  for await (const match of glob(pattern, { cwd: roots.workspace })) {
    paths.push(match);
    if (paths.length > MOST_FILES) throw refuse(`matches more than ${MOST_FILES} files`, "Narrow it down.");
  }
  const found: Found[] = [];
  for (const each of paths.sort()) {
    const absolute = path.resolve(roots.workspace, each);
    const real = await realpath(absolute).catch(() => undefined);
    if (real === undefined || !isWithin(root, real)) {
      throw refuse(`matches ${each}, a link that leads elsewhere`, "Let the tool write the file itself.");
    }
    const handle = await openFile(real).catch(() => undefined);
    const isFile = (await handle?.stat().catch(() => undefined))?.isFile() === true;
    await handle?.close();
    if (handle === undefined) throw refuse(`matches ${each}, which cannot be read`, "Check its permissions.");
    if (isFile) found.push({ path: shown(absolute, roots), real });
  }
  if (found.length === 0) {
    throw new NoMatch(`${what}: "${pattern}" matches no file.`, {
      hint: "Was it written? What is not there proves nothing.",
      where,
    });
  }
  return found;
}

async function rootOf(pattern: string, { workspace, temp }: Roots): Promise<string | undefined> {
  if (pattern.split(/[\\/]/).includes("..")) return undefined;
  const absolute = path.resolve(workspace, pattern);
  const root = [workspace, temp].find((each) => each !== undefined && isWithin(path.resolve(each), absolute));
  return root === undefined ? undefined : realpath(root);
}

function isWithin(root: string, file: string): boolean {
  return file.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}

function shown(absolute: string, { workspace }: Roots): string {
  const relative = path.relative(workspace, absolute);
  return relative.startsWith("..") ? absolute : relative;
}

/** Opens a file for reading without waiting for the other end of a pipe, and without following a link that came between. */
export function openFile(real: string): Promise<FileHandle> {
  return open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}
