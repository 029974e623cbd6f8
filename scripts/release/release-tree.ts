import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { UserError } from "../../shared/runtime/user-error.ts";
import type { Git } from "./git.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import { relinkMarkdown } from "./links.ts";
import { isReusable, pinOwnActions } from "./own-workflows.ts";
import { type SourceCommit, sourceCommit } from "./source-commit.ts";

export type ReleaseTree = {
  /** The id of the git tree. */
  readonly tree: string;
  /** Its files, sorted. */
  readonly files: readonly string[];
  readonly actions: readonly string[];
  /** The reusable workflows that differ from the source commit's, because they name this release. */
  readonly pinnedWorkflows: readonly string[];
};

// What stands beside the action folders.
const rootFiles = ["README.md", "LICENSE", "SECURITY.md", "CHANGELOG.md", "action-catalog.md"];
const workflows = ".github/workflows/";

/**
 * Makes the tree of a release out of a commit: the action folders of dist/ at the root, the reusable workflows, README,
 * LICENSE, SECURITY, CHANGELOG and the catalog. It only adds objects to the repository: no work tree, index or branch
 * is touched.
 * @throws UserError when something is missing, a link would dangle, or a workflow would not call this release.
 */
export async function makeReleaseTree(
  git: Git,
  commit: string,
  hosted: HostedRepository,
  tag: string,
): Promise<ReleaseTree> {
  const source = await sourceCommit(git, commit);
  const sourcePaths = await releasedFiles(source);
  const rewrite = rewriter(source, sourcePaths, hosted, tag);
  const entries: string[] = [];
  const pinnedWorkflows: string[] = [];
  for (const [file, sourcePath] of sourcePaths) {
    const { mode, blob } = source.entry(sourcePath);
    const rewritten = await rewrite(file, sourcePath);
    if (rewritten !== undefined && file.startsWith(workflows)) pinnedWorkflows.push(file);
    const own = rewritten === undefined ? blob : await storeBlob(git, rewritten);
    entries.push(`${mode} ${own}\t${file}\0`);
  }
  const files = [...sourcePaths.keys()].sort();
  const actions = files.filter(isManifest).map((file) => path.posix.dirname(file));
  return { tree: await writeTree(git, entries.join("")), files, actions, pinnedWorkflows };
}

/** The paths of the release, each with the path it has in the source commit. */
async function releasedFiles(source: SourceCommit): Promise<Map<string, string>> {
  const released = new Map<string, string>();
  for (const file of source.paths) {
    if (file.startsWith("dist/")) released.set(file.slice("dist/".length), file);
    else if (file.startsWith(workflows) && isReusable(await source.text(file))) released.set(file, file);
  }
  if (![...released.keys()].some(isManifest)) {
    throw new UserError("dist/ holds no action: it is not committed.", {
      hint: "npm run build, and commit dist/.",
    });
  }
  const missing = rootFiles.filter((file) => source.kind(file) !== "blob");
  if (missing.length > 0) {
    throw new UserError(`${missing.join(", ")}: missing in the commit, and part of every release.`, {
      hint: "Write and commit what is missing; `npm run docs` writes the catalog.",
    });
  }
  for (const file of rootFiles) released.set(file, file);
  return released;
}

/** Gives the text of a file as the release has it, where that differs from the source's. */
function rewriter(
  source: SourceCommit,
  released: ReadonlyMap<string, string>,
  hosted: HostedRepository,
  tag: string,
) {
  const folders = new Set([".", ...[...released.keys()].flatMap(foldersOf)]);
  const targets = {
    released: (sourcePath: string) => {
      const place = sourcePath.replace(/^(?:actions|dist)\//, "");
      return released.has(place) || folders.has(place) ? place : undefined;
    },
    sourceKind: source.kind,
    repositoryUrl: `${hosted.server}/${hosted.name}`,
    sourceCommit: source.id,
  };
  const release = { repository: hosted.name, tag, has: (file: string) => released.has(file) };
  return async (file: string, sourcePath: string): Promise<string | undefined> => {
    if (!file.endsWith(".md") && !file.startsWith(workflows)) return undefined;
    const text = await source.text(sourcePath);
    const changed = file.endsWith(".md")
      ? // An action's README was written for its place in actions/.
        relinkMarkdown(sourcePath.replace(/^dist\//, "actions/"), text, targets)
      : pinOwnActions(file, text, release);
    return changed === text ? undefined : changed;
  };
}

function isManifest(file: string): boolean {
  return /^[^/]+\/action\.yml$/.test(file);
}

function foldersOf(file: string): string[] {
  const parts = path.posix.dirname(file).split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

async function storeBlob(git: Git, text: string): Promise<string> {
  return (await git(["hash-object", "-w", "--stdin"], { input: text })).trim();
}

/** Writes a tree by way of an index of its own, so that the user's is not touched. */
async function writeTree(git: Git, entries: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "release-"));
  const env = { GIT_INDEX_FILE: path.join(folder, "index") };
  try {
    await git(["update-index", "-z", "--index-info"], { env, input: entries });
    return (await git(["write-tree"], { env })).trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
