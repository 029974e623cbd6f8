import { runChild } from "../../../shared/runtime/child-process.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/** What is asked of the repository that is checked out. */
export type Git = {
  /** Paths of the files of HEAD. Links and submodules are none. */
  files(): Promise<string[]>;
  /** Paths that differ between a commit and HEAD, both names of one that was moved. */
  changedSince(base: string): Promise<string[]>;
  has(commit: string): Promise<boolean>;
  /** The commits that a commit names as its parents; of a shallow clone perhaps none. */
  parents(commit: string): Promise<string[]>;
  mergeBase(one: string, other: string): Promise<string | undefined>;
};

type Answer = { readonly code: number | null; readonly text: string; readonly error: string };

const LARGEST_BYTES = 256 * 1024 * 1024;

/** The repository in a folder. Nothing of its own configuration that runs programs is used. */
export function gitOf(folder: string, env: Readonly<NodeJS.ProcessEnv>, signal: AbortSignal): Git {
  const ask = async (args: readonly string[]): Promise<Answer> => {
    const chunks: Buffer[] = [];
    const errors: Buffer[] = [];
    let bytes = 0;
    // A container's job finds its files owned by somebody else.
    const own = [
      "-c",
      `safe.directory=${folder}`,
      "-c",
      "core.fsmonitor=false",
      "-c",
      "core.quotePath=false",
    ];
    const { code } = await runChild("git", [...own, ...args], {
      signal,
      cwd: folder,
      env: {
        PATH: env["PATH"],
        HOME: env["HOME"],
        GIT_TERMINAL_PROMPT: "0",
        GIT_NO_LAZY_FETCH: "1",
        LC_ALL: "C",
      },
      onStdout: (chunk) => {
        bytes += chunk.length;
        if (bytes <= LARGEST_BYTES) chunks.push(chunk);
      },
      onStderr: (chunk) => void (errors.length < 64 && errors.push(chunk)),
    });
    if (bytes > LARGEST_BYTES)
      throw new UserError("git lists more files than anybody has.", { hint: "Set `all: true`." });
    return { code, text: Buffer.concat(chunks).toString(), error: Buffer.concat(errors).toString() };
  };
  const told = async (args: readonly string[]): Promise<string> => {
    const { code, text, error } = await ask(args);
    if (code === 0) return text;
    throw new UserError(
      `git ${args[0]} failed in the workspace: ${remoteLine(error) || `exit code ${code}`}.`,
      {
        hint: "Run actions/checkout first.",
      },
    );
  };
  return {
    files: async () =>
      split(await told(["ls-tree", "-r", "-z", "HEAD"])).flatMap((line) => {
        // `<mode> <type> <object>\t<path>`; a path may hold tabs of its own.
        return line.startsWith("100") ? [line.slice(line.indexOf("\t") + 1)] : [];
      }),
    changedSince: async (base) =>
      split(
        await told(["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", base, "HEAD"]),
      ),
    has: async (commit) => (await ask(["cat-file", "-e", `${commit}^{commit}`])).code === 0,
    parents: async (commit) =>
      (await told(["rev-list", "--parents", "--max-count=1", commit])).trim().split(" ").slice(1),
    mergeBase: async (one, other) => {
      const { code, text } = await ask(["merge-base", one, other]);
      return code === 0 ? text.trim() : undefined;
    },
  };
}

function split(text: string): string[] {
  return text.split("\0").filter((entry) => entry !== "");
}
