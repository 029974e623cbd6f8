// npm run build [-- --out <folder>] [<action> ...]
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { throwProblems, UserError } from "../shared/runtime/user-error.ts";
import { bundleAction } from "./bundle/bundle.ts";
import { runCommand } from "./bundle/command-line.ts";
import { compileActions } from "./bundle/compile.ts";
import { placeFolder } from "./bundle/place.ts";
import { actionNames, filesUnder, REPOSITORY } from "./bundle/repository.ts";

export type BuildOptions = {
  /** Where the action folders go; relative to the root. */
  readonly outDir: string;
  /** Only these actions; the other folders of `outDir` stay as they are. All actions, when absent. */
  readonly names?: readonly string[];
  /** The checkout to build; this one, when absent. */
  readonly root?: string;
  /** Takes one line for each finished action. */
  readonly log?: (line: string) => void;
  /** Ends the build early: what is finished stays, and nothing half-made is left. */
  readonly signal?: AbortSignal;
};

/**
 * Builds actions into `<outDir>/<name>/`, each a complete action; the same sources give the same bytes everywhere.
 * A folder is replaced as a whole or not at all, and the folders of removed actions go away.
 * @throws UserError for a type error, an unknown name or a bundle that cannot be made; the reason of `signal`.
 */
export async function buildActions(options: BuildOptions): Promise<void> {
  const root = options.root ?? REPOSITORY;
  const outDir = path.resolve(root, options.outDir);
  const known = await actionNames(root);
  const names = options.names ?? known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const hint = `The actions are: ${known.join(", ")}.`;
    throw new UserError(`There is no action ${unknown.join(", ")}: actions/ has no such folder.`, { hint });
  }
  if (names.length > 0) await buildNamed(root, outDir, names, options);
  if (options.names === undefined) await removeOthers(outDir, known);
}

async function buildNamed(
  root: string,
  outDir: string,
  names: readonly string[],
  { log, signal }: BuildOptions,
): Promise<void> {
  await mkdir(path.join(root, "build"), { recursive: true });
  const staging = await mkdtemp(path.join(root, "build/staging-"));
  try {
    await compileActions(root, staging, names, signal);
    const problems: UserError[] = [];
    const waiting = [...names];
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const started = performance.now();
        try {
          await placeFolder(await bundleAction(root, staging, name, signal), path.join(outDir, name));
          log?.(await describeBundle(path.join(outDir, name), performance.now() - started));
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          problems.push(error);
        }
      }
    };
    // All of them have ended before the folder goes in which they work.
    const ended = await Promise.allSettled(Array.from({ length: availableParallelism() }, work));
    for (const each of ended) if (each.status === "rejected") throw each.reason;
    throwProblems(problems);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Only what looks like a built action is removed: `--out` may name a folder that holds other things. */
async function removeOthers(outDir: string, names: readonly string[]): Promise<void> {
  const built = (await filesUnder(outDir))
    .filter((file) => /^[^/]+\/index\.js$/.test(file))
    .map(path.dirname);
  for (const folder of built) {
    const isAction = (await readdir(path.join(outDir, folder))).includes("action.yml");
    if (isAction && !names.includes(folder)) await rm(path.join(outDir, folder), { recursive: true });
  }
}

async function describeBundle(folder: string, milliseconds: number): Promise<string> {
  const bundle = await readFile(path.join(folder, "index.js"));
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0).padStart(6)} kB`;
  const zipped = gzipSync(bundle, { level: 9 }).length;
  const seconds = (milliseconds / 1000).toFixed(1).padStart(5);
  return `${path.basename(folder).padEnd(20)}${kilobytes(bundle.length)}   gzip${kilobytes(zipped)}   ${seconds} s`;
}

if (import.meta.main) {
  await runCommand(async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: "string", default: "dist" } },
    });
    const names = positionals.length > 0 ? { names: positionals } : {};
    await buildActions({ outDir: values.out, log: console.log, ...names });
  });
}
