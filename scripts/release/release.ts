import path from "node:path";
import { UserError } from "../../shared/runtime/user-error.ts";
import { buildActions } from "../build.ts";
import { differingFiles } from "../bundle/place.ts";
import { changelogSection } from "./changelog.ts";
import { type Git, gitIn, gitLine, localTags, remoteTags, type Tags } from "./git.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import { makeReleaseCommit, tagRelease } from "./release-commit.ts";
import { makeReleaseTree, type ReleaseTree } from "./release-tree.ts";
import { majorTag, movesMajor, parseVersion, versionTag } from "./version.ts";

export type ReleaseOptions = {
  readonly root: string;
  /** `1.2.3` */
  readonly version: string;
  readonly hosted: HostedRepository;
  readonly remote: string;
  readonly push: boolean;
  /** Finds everything out and sets no tag. */
  readonly dryRun: boolean;
};

export type Release = Omit<ReleaseTree, "tree"> & {
  readonly tag: string;
  readonly source: string;
  readonly commit: string;
  /** What the changelog says about it. */
  readonly notes: string;
  /** The major tag, and whether it is this release's now. */
  readonly major: { readonly tag: string; readonly moves: boolean };
  /** git's arguments for the pushes, in their order: the version's tag is there before anybody follows the major tag. */
  readonly pushes: readonly (readonly string[])[];
};

/**
 * Makes a release of the checked-out commit: the release commit, its annotated tag, and the moved major tag. Nothing
 * leaves this machine unless `push` is set. Branches, index and work tree stay as they are.
 * @throws UserError when the work tree is not clean, the version is taken or not in the changelog, or dist/ is stale.
 */
export async function makeRelease(options: ReleaseOptions): Promise<Release> {
  const { root, remote, hosted } = options;
  const version = parseVersion(options.version);
  const [tag, major] = [versionTag(version), majorTag(version)];
  const git = gitIn(root);
  const source = await gitLine(git, "rev-parse", "--verify", "HEAD^{commit}");
  await refuseDirtyTree(git);
  const tags = await knownTags(git, options);
  if (tags.has(tag)) {
    throw new UserError(`${tag} exists already: a released version never changes.`, {
      hint: "Release the next version; a tag that was never pushed goes with `git tag -d`.",
    });
  }
  const notes = changelogSection(await git(["show", `${source}:CHANGELOG.md`]), options.version);
  await refuseStaleDist(root);

  const { tree, ...contents } = await makeReleaseTree(git, source, hosted, tag);
  const commit = await makeReleaseCommit(git, tree, source, tag);
  const moves = movesMajor(version, [...tags.keys()]);
  const pushes = pushArguments(remote, tag, moves ? { tag: major, was: tags.get(major) ?? "" } : undefined);
  if (!options.dryRun) {
    await tagRelease(git, tag, commit, source, notes);
    if (moves) await git(["tag", "--no-sign", "--force", major, commit]);
    if (options.push) await pushInOrder(git, pushes);
  }
  return { ...contents, tag, source, commit, notes, major: { tag: major, moves }, pushes };
}

async function refuseDirtyTree(git: Git): Promise<void> {
  const changes = (await git(["status", "--porcelain"])).split("\n").filter((line) => line !== "");
  const [first] = changes;
  if (first === undefined) return;
  const count = `${changes.length} change${changes.length === 1 ? "" : "s"}`;
  throw new UserError(`The work tree is not clean (${count}, first: ${first.slice(3)}).`, {
    hint: "A release is made of a commit: commit, stash or remove what `git status` shows.",
  });
}

/** The remote's tags decide when we are going to push; a clone may lack some. */
async function knownTags(git: Git, { push, remote }: ReleaseOptions): Promise<Tags> {
  const local = await localTags(git);
  return push ? new Map([...local, ...(await remoteTags(git, remote))]) : local;
}

async function refuseStaleDist(root: string): Promise<void> {
  const fresh = "build/release";
  await buildActions({ root, outDir: fresh });
  const differing = await differingFiles(path.join(root, "dist"), path.join(root, fresh));
  if (differing.length === 0) return;
  throw new UserError(`dist/ is not what the sources build: ${differing.slice(0, 5).join(", ")} differ.`, {
    hint: "npm run build, and commit dist/ by itself.",
  });
}

async function pushInOrder(git: Git, pushes: readonly (readonly string[])[]): Promise<void> {
  for (const [index, push] of pushes.entries()) {
    await git(push).catch((cause: UserError) => {
      const left = pushes.slice(index).map((args) => `git ${args.join(" ")}`);
      throw new UserError(cause.message, {
        hint: `The tags are made on this machine. When the cause is mended, push what is left: ${left.join(" && ")}`,
        cause,
      });
    });
  }
}

/**
 * A plain push for the version, which the remote refuses if it has that tag; for the major tag a lease on the value we
 * know, so that a release made elsewhere in between is not undone.
 */
function pushArguments(
  remote: string,
  tag: string,
  major: { readonly tag: string; readonly was: string } | undefined,
): string[][] {
  const version = ["push", remote, `refs/tags/${tag}`];
  if (major === undefined) return [version];
  const ref = `refs/tags/${major.tag}`;
  return [version, ["push", `--force-with-lease=${ref}:${major.was}`, remote, ref]];
}
