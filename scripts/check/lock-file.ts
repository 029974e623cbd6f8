import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Check } from "./check.ts";

export type LockedPackage = {
  readonly version?: string;
  readonly license?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
/** The packages of package-lock.json by folder (`node_modules/pg`); the empty folder is this package. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** Reads package-lock.json. */
export async function lockedPackages(root: string): Promise<LockedPackages> {
  const lock: { packages: LockedPackages } = JSON.parse(
    await readFile(path.join(root, "package-lock.json"), "utf8"),
  );
  return lock.packages;
}

/**
 * The licence of a locked package: from the lock file, else from the package's own manifest, which may have the list
 * of npm's early days.
 */
export async function licenceOf(
  root: string,
  packages: LockedPackages,
  folder: string,
): Promise<string | undefined> {
  const locked = packages[folder]?.license;
  if (locked !== undefined) return locked;
  const manifest = await readFile(path.join(root, folder, "package.json"), "utf8").catch(() => "{}");
  const { licenses = [] }: { licenses?: { type: string }[] } = JSON.parse(manifest);
  return licenses.length === 0 ? undefined : licenses.map(({ type }) => type).join(" OR ");
}

/** No host in the lock file, so that it serves behind any registry, and a checksum for each package. */
export const lockFile: Check = {
  name: "lock file",
  // npm leaves out the checksums of what it finds installed, and does not fill them in later.
  mend: "npm install --package-lock-only in an empty folder with package.json and .npmrc; copy package-lock.json back",
  find: async (root) => {
    const packages = Object.entries(await lockedPackages(root)).filter(([folder]) => folder !== "");
    return {
      problems: packages.flatMap(([folder, { resolved, integrity }]) => [
        ...(resolved?.includes("://") ? [`package-lock.json: ${folder} names the host it came from.`] : []),
        ...(integrity === undefined ? [`package-lock.json: ${folder} has no checksum.`] : []),
      ]),
    };
  },
};
