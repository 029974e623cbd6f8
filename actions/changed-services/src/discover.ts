import path from "node:path";
import type { Config, Settings } from "./config-schema.ts";
import { anyGlob } from "./glob.ts";
import { FOREIGN, KINDS, type Kind, MARKERS } from "./kinds.ts";

/** The files of the repository: their paths, and the texts of those that were asked for. */
export type Tree = {
  readonly paths: ReadonlySet<string>;
  readonly text: (path: string) => string;
};

/** A service as it was found or declared. */
export type Found = {
  readonly path: string;
  readonly kind: Kind;
  /** What the file says of it alone. */
  readonly own: Settings & { readonly needs?: readonly string[] | undefined };
  /** Index in `services`, for messages. */
  readonly entry: number | undefined;
};

/** A declaration that fits nothing; `entry` is its index in `services`. */
export type Misfit = { readonly entry: number; readonly why: string; readonly hint: string };

/** The texts that {@link discover} and the commands look into. */
export function textsNeeded(paths: readonly string[]): string[] {
  return paths.filter((file) => /(?:^|\/)(?:pyproject\.toml|package\.json|pubspec\.yaml)$/.test(file));
}

/** The services of a repository: what its files show, and what the file adds. Pure. */
export function discover(tree: Tree, config: Config): { services: Found[]; misfits: Misfit[] } {
  const ignored = anyGlob(config.ignore);
  const shown: { path: string; kind: Kind }[] = [];
  for (const file of tree.paths) {
    const folder = path.posix.dirname(file);
    const kind = KINDS.find((candidate) => MARKERS[candidate].includes(path.posix.basename(file)));
    if (kind === undefined || isForeign(folder) || ignored(file)) continue;
    if (shown.some((other) => other.path === folder && other.kind === kind)) continue;
    if (isService(tree, folder, kind)) shown.push({ path: folder, kind });
  }
  const services: Found[] = shown.map((one) => ({ ...one, own: {}, entry: undefined }));
  const misfits: Misfit[] = [];
  for (const [entry, { path: folder, kind, ...own }] of config.services.entries()) {
    const here = services.filter((one) => one.path === folder && (kind === undefined || one.kind === kind));
    const [only] = here;
    if (only !== undefined && here.length === 1 && only.entry === undefined)
      services[services.indexOf(only)] = { ...only, own, entry };
    else if (here.length === 0 && kind !== undefined && hasFolder(tree, folder))
      services.push({ path: folder, kind, own, entry });
    else misfits.push({ entry, ...misfit(tree, folder, here) });
  }
  return { services: services.sort(byPath), misfits };
}

function misfit(tree: Tree, folder: string, here: readonly Found[]): { why: string; hint: string } {
  if (!hasFolder(tree, folder))
    return {
      why: `${folder} is no folder with files of this repository`,
      hint: "Correct the path, or take the entry out.",
    };
  if (here.length === 0)
    return {
      why: `nothing in ${folder} shows what it is`,
      hint: `Add \`kind\`, one of ${KINDS.join(", ")}.`,
    };
  if (here.length === 1) return { why: `${folder} stands here twice`, hint: "Put both entries into one." };
  return {
    why: `${folder} holds more than one service: ${here.map(({ kind }) => kind).join(", ")}`,
    hint: "Say by `kind` which one is meant.",
  };
}

function byPath(one: Found, other: Found): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : one.kind < other.kind ? -1 : 1;
}

function hasFolder(tree: Tree, folder: string): boolean {
  if (folder === ".") return tree.paths.size > 0;
  for (const file of tree.paths) if (file.startsWith(`${folder}/`)) return true;
  return false;
}

function isForeign(folder: string): boolean {
  if (folder === ".") return false;
  return folder
    .split("/")
    .some((name) => name.startsWith(".") || (FOREIGN as readonly string[]).includes(name));
}

function isService(tree: Tree, folder: string, kind: Kind): boolean {
  const at = (name: string): string => path.posix.join(folder, name);
  if (kind === "python")
    return (
      tree.paths.has(at("setup.py")) ||
      tree.paths.has(at("requirements.txt")) ||
      // Without one of these it only sets up a linter or a formatter.
      /^\s*\[(?:project|build-system|tool\.poetry|dependency-groups)\]/m.test(tree.text(at("pyproject.toml")))
    );
  if (kind === "node") return !isWorkspaceMember(tree, folder);
  if (kind === "flutter") return /^\s+sdk:\s*["']?flutter\b/m.test(tree.text(at("pubspec.yaml")));
  return true;
}

/** A package of a workspace is installed and tested from the workspace's root. */
function isWorkspaceMember(tree: Tree, folder: string): boolean {
  for (let above = folder; above !== "."; ) {
    above = path.posix.dirname(above);
    const manifest = path.posix.join(above, "package.json");
    if (!tree.paths.has(manifest)) continue;
    if (tree.paths.has(path.posix.join(above, "pnpm-workspace.yaml"))) return true;
    if (packageOf(tree, above)?.["workspaces"] !== undefined) return true;
  }
  return false;
}

/** package.json of a folder; undefined where it is not there, or no object in JSON. */
export function packageOf(tree: Tree, folder: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(tree.text(path.posix.join(folder, "package.json")));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
