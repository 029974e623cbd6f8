import { cp, mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { filesUnder } from "./repository.ts";

/**
 * Puts a finished folder in its place with renames, so that no reader meets a half-written one. A folder that holds
 * the same bytes already is left alone: whoever is running from it is not disturbed.
 */
export async function placeFolder(finished: string, target: string): Promise<void> {
  if ((await differingFiles(finished, target)).length === 0) return;
  const beside = path.join(path.dirname(target), `.${path.basename(target)}-${process.pid}`);
  await mkdir(beside, { recursive: true });
  try {
    // A rename does not cross file systems, hence the copy beside the target.
    await cp(finished, path.join(beside, "new"), { recursive: true });
    await rename(target, path.join(beside, "old")).catch((error) => {
      if (error.code !== "ENOENT") throw error;
    });
    await rename(path.join(beside, "new"), target);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** The paths that differ between two folders: missing in one, or with other bytes. Sorted. */
export async function differingFiles(one: string, other: string): Promise<string[]> {
  const paths = new Set([...(await filesUnder(one)), ...(await filesUnder(other))]);
  const differing: string[] = [];
  for (const file of [...paths].sort()) {
    const [left, right] = await Promise.all([one, other].map((folder) => bytesOf(path.join(folder, file))));
    if (left === undefined || right === undefined || !left.equals(right)) differing.push(file);
  }
  return differing;
}

async function bytesOf(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
