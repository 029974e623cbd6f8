import { stat, utimes } from "node:fs/promises";
import path from "node:path";
import { nearest } from "../../shared/runtime/nearest.ts";
import { UserError } from "../../shared/runtime/user-error.ts";
import { buildActions } from "../build.ts";
import { actionNames, filesUnder } from "../bundle/repository.ts";

const BUILT = "build/dist";

/**
 * The folder of an action's sources, in the repository at `root`.
 * @throws UserError for an unknown name.
 */
export async function actionSource(root: string, name: string): Promise<string> {
  const known = await actionNames(root);
  if (known.includes(name)) return path.join(root, "actions", name);
  const close = nearest(name, known);
  throw new UserError(`There is no action ${JSON.stringify(name)}.`, {
    hint: close === undefined ? `The actions are: ${known.join(", ")}.` : `Did you mean ${close}?`,
  });
}

/** The built folder of an action. It is built now if its sources are newer than what is there. */
export async function builtAction(root: string, name: string, log: (line: string) => void): Promise<string> {
  await bringUpToDate(root, [name], log);
  return path.join(root, BUILT, name);
}

/** Builds those of the actions whose sources are newer than what is there. */
export async function bringUpToDate(
  root: string,
  names: readonly string[],
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const isOld = async (name: string): Promise<boolean> =>
    (await modifiedAt(bundleOf(root, name))) < (await newestSource(root, name));
  const old = await Promise.all(names.map(isOld));
  const stale = names.filter((_name, index) => old[index]);
  if (stale.length === 0) return;
  log(`Building ${stale.join(", ")} ...`);
  await buildActions({ root, outDir: BUILT, names: stale, ...(signal && { signal }) });
  // The build leaves a bundle alone that comes out the same; its time says when that was last found out.
  await Promise.all(stale.map((name) => utimes(bundleOf(root, name), new Date(), new Date())));
}

function bundleOf(root: string, name: string): string {
  return path.join(root, BUILT, name, "index.js");
}

async function newestSource(root: string, name: string): Promise<number> {
  const folders = [`actions/${name}`, "shared"];
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await filesUnder(path.join(root, folder))).map((file) => path.join(root, folder, file)),
    ),
  );
  const times = [...files.flat(), path.join(root, "package-lock.json")].map(modifiedAt);
  return Math.max(...(await Promise.all(times)));
}

/** Milliseconds since 1970; 0 when there is no such file. */
async function modifiedAt(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
