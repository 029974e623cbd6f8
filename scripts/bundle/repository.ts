import { readdir } from "node:fs/promises";
import path from "node:path";

/** The root of this repository: where package.json is. */
export const REPOSITORY = path.resolve(import.meta.dirname, "../..");

/** The names of the actions: the folders of `<root>/actions` that hold an action.yml, in alphabetical order. */
export async function actionNames(root: string): Promise<string[]> {
  const files = await filesUnder(path.join(root, "actions"));
  const names = files.filter((file) => /^[^/]+\/action\.yml$/.test(file)).map((file) => path.dirname(file));
  return names.sort();
}

/** Every file below a folder, as sorted slash-separated paths relative to it; none when there is no such folder. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
}
