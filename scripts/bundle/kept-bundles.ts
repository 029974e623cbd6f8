import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm } from "node:fs/promises";
import path from "node:path";
import ts from "typescript";
import { filesUnder, REPOSITORY } from "./repository.ts";

/**
 * Names what a bundle is made of: the compiled modules that its entry reaches (paths relative to `js`), the locked
 * dependencies, the way it is bundled, and Node.js. The same name stands for the same bytes.
 */
export async function nameOfBundle(root: string, js: string, entry: string): Promise<string> {
  const hash = createHash("sha256");
  const take = (what: string, bytes: Buffer): unknown =>
    hash.update(`${what}\n${bytes.length}\n`).update(bytes);
  // Bundles name modules by where they really are.
  const modules = path.relative(await realpath(root), await realpath(path.join(root, "node_modules")));
  hash.update(`${process.version}\n${modules}\n`);
  for (const own of ["scripts/bundle/bundle.ts", "tsconfig.json", "tsconfig.build.json"])
    take(own, await readFile(path.join(REPOSITORY, own)));
  take("package-lock.json", await readFile(path.join(root, "package-lock.json")));
  for (const [module, bytes] of await modulesFrom(js, entry)) take(module, bytes);
  return hash.digest("hex");
}

/** The modules that are reached from one by relative imports, itself included, in the order of their paths. */
async function modulesFrom(js: string, entry: string): Promise<[string, Buffer][]> {
  const found = new Map<string, Buffer>();
  const waiting = [entry];
  for (let module = waiting.pop(); module !== undefined; module = waiting.pop()) {
    if (found.has(module)) continue;
    const bytes = await readFile(path.join(js, module));
    found.set(module, bytes);
    const { importedFiles } = ts.preProcessFile(bytes.toString(), true, true);
    for (const { fileName } of importedFiles)
      if (fileName.startsWith(".")) waiting.push(path.posix.join(path.posix.dirname(module), fileName));
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The last bundle of each action beside the name of what it was made of: bundling again would give the same bytes. */
export class KeptBundles {
  readonly #folder: string;

  constructor(root: string) {
    this.#folder = path.join(root, ".cache/bundles");
  }

  /** Copies the kept bundle to `folder` if it is the one of that name, and tells whether it was. */
  async take(action: string, name: string, folder: string): Promise<boolean> {
    const kept = path.join(this.#folder, action, name);
    if ((await filesUnder(kept)).length === 0) return false;
    await cp(kept, folder, { recursive: true });
    return true;
  }

  /** Keeps a bundle, and drops the one before. It appears under its name whole or not at all. */
  async keep(action: string, name: string, folder: string): Promise<void> {
    const place = path.join(this.#folder, action);
    await mkdir(place, { recursive: true });
    const before = await readdir(place);
    const beside = await mkdtemp(path.join(place, ".new-"));
    await cp(folder, beside, { recursive: true });
    await rename(beside, path.join(place, name));
    for (const other of before) await rm(path.join(place, other), { recursive: true, force: true });
  }
}
