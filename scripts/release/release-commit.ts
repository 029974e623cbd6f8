import type { Git } from "./git.ts";

/**
 * Makes the commit of a release: the release tree, on top of the source commit, with that commit's people and dates, so
 * that the same source and version give the same commit wherever it is made.
 *
 * The parent is the source commit, and not the release before: anyone can then see with git alone what a release was
 * made from, the links into the sources stay reachable with the tag, and no earlier release has to be at hand.
 */
export async function makeReleaseCommit(
  git: Git,
  tree: string,
  source: string,
  tag: string,
): Promise<string> {
  const message = `Release ${tag}\n\nThe built actions of ${source}.\n\nSource-Commit: ${source}\n`;
  const env = await identityOf(git, source);
  return (await git(["commit-tree", tree, "-p", source], { input: message, env })).trim();
}

/** Makes the annotated tag of a release. A configured `tag.gpgSign` signs it. */
export async function tagRelease(
  git: Git,
  tag: string,
  commit: string,
  source: string,
  notes: string,
): Promise<void> {
  // Verbatim: the headings of the notes start with the character of a comment.
  await git(["tag", "--annotate", "--cleanup=verbatim", "--file=-", tag, commit], {
    input: `${tag}\n\n${notes}\n`,
    env: await identityOf(git, source),
  });
}

async function identityOf(git: Git, source: string): Promise<Record<string, string>> {
  const format = ["%an", "%ae", "%aI", "%cn", "%ce", "%cI"].join("%x00");
  const shown = (await git(["show", "--no-patch", `--format=${format}`, source])).trim();
  const [authorName = "", authorEmail = "", authorDate = "", name = "", email = "", date = ""] =
    shown.split("\0");
  return {
    GIT_AUTHOR_NAME: authorName,
    GIT_AUTHOR_EMAIL: authorEmail,
    GIT_AUTHOR_DATE: authorDate,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
}
