import { realpath } from "node:fs/promises";
import path from "node:path";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { type ChildEnd, runChild } from "../../../shared/runtime/child-process.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/** What the files of migrations were like at the base: the last state that databases out there may have seen. */
export type Base = {
  /** As it was given. */
  readonly ref: string;
  readonly commit: string;
  /** Absolute paths of the files that are there at the base. */
  readonly files: ReadonlySet<string>;
  /** Those of them that are not the same in the workspace. */
  readonly edited: ReadonlySet<string>;
  /** Those of them that are gone from the workspace. */
  readonly deleted: ReadonlySet<string>;
};

/**
 * Compares the files below a folder with the commit at which this history and `ref` parted. Throws a UserError where git,
 * the ref or the history it needs is not there: without them nothing could be said.
 */
export async function readBase(ref: string, folder: string, runtime: Runtime): Promise<Base> {
  const git = gitIn(folder, runtime);
  const top = (await git("rev-parse", "--show-toplevel")).trim();
  const tip = await commitOf(ref, git);
  const commit = await git("merge-base", tip, "HEAD").then(
    (text) => text.trim(),
    (cause: unknown) => {
      throw tooShallow(ref, cause);
    },
  );
  const inside = path.relative(await realpath(top), await realpath(folder)) || ".";
  const at = (name: string): string => path.join(path.resolve(folder), path.relative(inside, name));
  const listed = parseNames(
    await git("-C", top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", inside),
  );
  const changes = parseChanges(
    await git(
      "-C",
      top,
      "diff",
      "--no-ext-diff",
      "--no-textconv",
      "--no-renames",
      "--name-status",
      "-z",
      commit,
      "--",
      inside,
    ),
  );
  const named = (status: RegExp): ReadonlySet<string> =>
    new Set(changes.filter((each) => status.test(each.status)).map((each) => at(each.name)));
  return {
    ...{ ref, commit, files: new Set(listed.map(at)) },
    ...{ edited: named(/^[MTU]/), deleted: named(/^D/) },
  };
}

type Git = (...args: string[]) => Promise<string>;

function gitIn(folder: string, { env, signal }: Runtime): Git {
  return async (...args) => {
    let out = "";
    let said = "";
    // Only PATH: no variable of git's own may turn it to another repository.
    const child = { PATH: env["PATH"] ?? "", HOME: env["HOME"] ?? "/", LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" };
    // In a container job the workspace belongs to another user, and git would refuse to read it.
    const safe = ["-c", "safe.directory=*", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false"];
    const end: ChildEnd = await runChild("git", [...safe, ...args], {
      ...{ cwd: folder, env: child, signal },
      onStdout: (chunk) => {
        out += chunk.toString("utf8");
      },
      onStderr: (chunk) => {
        said = (said + chunk.toString()).slice(-500);
      },
    }).catch((cause: NodeJS.ErrnoException) => {
      signal.throwIfAborted();
      throw cause.code === "ENOENT" ? noGit(cause) : cause;
    });
    if (end.code === 0) return out;
    throw new UserError(
      `git ${args.find((each) => !each.startsWith("-") && !path.isAbsolute(each)) ?? ""} failed: ${remoteLine(said)}`,
      {
        hint: "Run actions/checkout with fetch-depth: 0 first; or set base-ref: none.",
        where: { input: "base-ref" },
      },
    );
  };
}

async function commitOf(ref: string, git: Git): Promise<string> {
  for (const name of [`refs/remotes/origin/${ref}`, `refs/tags/${ref}`, ref]) {
    const found = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`).catch(
      (error: unknown) => {
        if (error instanceof UserError) return "";
        throw error;
      },
    );
    if (found !== "") return found.trim();
  }
  throw new UserError(`input base-ref: there is no ${remoteLine(ref)} in this checkout.`, {
    hint: "Run actions/checkout with fetch-depth: 0, which fetches all branches and tags; or set base-ref: none.",
    where: { input: "base-ref" },
  });
}

function tooShallow(ref: string, cause: unknown): UserError {
  return new UserError(`input base-ref: this checkout has no common history with ${remoteLine(ref)}.`, {
    hint: "It is probably shallow: run actions/checkout with fetch-depth: 0.",
    where: { input: "base-ref" },
    cause,
  });
}

function noGit(cause: Error): UserError {
  return new UserError("There is no git on this machine, or the folder of the migrations is not there.", {
    hint: "Check working-directory, install git, or set base-ref: none.",
    where: { input: "base-ref" },
    cause,
  });
}

/** Reads names that end with a NUL. */
export function parseNames(output: string): readonly string[] {
  return output.split("\0").filter((name) => name !== "");
}

/** Reads `git diff --name-status -z` without renames: a status and a name, each ended by a NUL. */
export function parseChanges(output: string): readonly { readonly status: string; readonly name: string }[] {
  const words = output.split("\0");
  const changes: { status: string; name: string }[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [status = "", name = ""] = [words[at], words[at + 1]];
    if (status !== "" && name !== "") changes.push({ status, name });
  }
  return changes;
}
