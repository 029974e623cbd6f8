import { UserError } from "../../shared/runtime/user-error.ts";
import { runChild } from "../bundle/child.ts";

export type GitOptions = {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs git in one repository and gives what it printed. */
export type Git = (args: readonly string[], options?: GitOptions) => Promise<string>;

/** Each call throws a UserError with git's own message when git fails. */
export function gitIn(root: string): Git {
  return async (args, options = {}) => {
    const { code, stdout, stderr } = await runChild("git", args, { cwd: root, ...options });
    if (code === 0) return stdout;
    throw new UserError(`git ${args[0]} failed: ${stderr.trim() || `exit code ${code}`}`, {
      hint: "Mend what git names, and run the same command again.",
    });
  };
}

/** Runs git for a single word or line, such as an object's id. */
export async function gitLine(git: Git, ...args: readonly string[]): Promise<string> {
  return (await git(args)).trim();
}

/** Tag names with the object that each points to (for an annotated tag the tag object). */
export type Tags = ReadonlyMap<string, string>;

/** The tags of this repository. */
export async function localTags(git: Git): Promise<Tags> {
  return readRefs(await git(["for-each-ref", "--format=%(objectname)%09%(refname)", "refs/tags"]));
}

/** The tags of a remote, asked now. */
export async function remoteTags(git: Git, remote: string): Promise<Tags> {
  return readRefs(await git(["ls-remote", "--tags", "--refs", remote]));
}

function readRefs(lines: string): Tags {
  const pairs = [...lines.matchAll(/^(\S+)\trefs\/tags\/(.+)$/gm)];
  return new Map(pairs.map(([, object = "", tag = ""]) => [tag, object]));
}
