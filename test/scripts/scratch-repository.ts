import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { linkedCopy } from "../support/linked-copy.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export type ScratchRepository = {
  readonly root: string;
  /** Writes files by their paths relative to the root. */
  write(files: Readonly<Record<string, string>>): void;
  read(file: string): string;
  /** Replaces text in a file; an error when it is not there, so that a planted defect is really planted. */
  replace(file: string, text: string, by: string): void;
  remove(): void;
};

const CONFIGURATION = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "biome.json",
  ".gitignore",
];

/**
 * A checkout of its own with this repository's configuration and shared/runtime, and no action yet. `shared: false`
 * leaves out the shared code, too. `modules: "copied"` gives it its own node_modules, as a checkout on another machine has; else they
 * are linked. `below` is the path of the checkout within the scratch directory.
 */
export function makeScratchRepository(
  options: {
    readonly modules?: "linked" | "copied";
    readonly below?: string;
    readonly shared?: boolean;
  } = {},
): ScratchRepository {
  const directory = makeTempDir("scratch");
  const root = path.join(directory.path, options.below ?? "repository");
  mkdirSync(root, { recursive: true });
  for (const entry of options.shared === false ? CONFIGURATION : [...CONFIGURATION, "shared/runtime"]) {
    cpSync(path.join(REPOSITORY, entry), path.join(root, entry), { recursive: true });
  }
  if (options.modules === "copied") copyModules(root);
  else symlinkSync(path.join(REPOSITORY, "node_modules"), path.join(root, "node_modules"));
  const absolute = (file: string) => path.join(root, file);
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(absolute(file)), { recursive: true });
      writeFileSync(absolute(file), text);
    }
  };
  return {
    root,
    write,
    read: (file) => readFileSync(absolute(file), "utf8"),
    replace: (file, text, by) => {
      const before = readFileSync(absolute(file), "utf8");
      if (!before.includes(text)) throw new Error(`${file} does not hold ${JSON.stringify(text)}`);
      write({ [file]: before.replace(text, () => by) });
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
      directory.remove();
    },
  };
}

/** What actions are built from and with; the rest of node_modules is hundreds of megabytes. */
function copyModules(root: string): void {
  const lock: { packages: Record<string, { dev?: boolean; os?: string[] }> } = JSON.parse(
    readFileSync(path.join(REPOSITORY, "package-lock.json"), "utf8"),
  );
  const tools = /^node_modules\/(typescript|@vercel\/ncc|@types\/.+|undici-types)$/;
  for (const [folder, { dev, os }] of Object.entries(lock.packages)) {
    const bundled = folder !== "" && dev !== true && os === undefined;
    if (!bundled && !tools.test(folder)) continue;
    linkedCopy(path.join(REPOSITORY, folder), path.join(root, folder));
  }
}
