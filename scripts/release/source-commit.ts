import { UserError } from "../../shared/runtime/user-error.ts";
import type { Git } from "./git.ts";

type Entry = { readonly mode: string; readonly blob: string };

/** The files of a commit, whatever the work tree holds. */
export type SourceCommit = {
  readonly id: string;
  readonly paths: readonly string[];
  /** What a path is, if it exists; the root is `.`. */
  readonly kind: (path: string) => "blob" | "tree" | undefined;
  /** @throws UserError for a path that is no file of the commit. */
  readonly entry: (path: string) => Entry;
  readonly text: (path: string) => Promise<string>;
};

/** Reads the list of files of a commit. */
export async function sourceCommit(git: Git, id: string): Promise<SourceCommit> {
  const list = await git(["ls-tree", "-r", "-z", "--format=%(objectmode) %(objectname) %(path)", id]);
  const entries = new Map<string, Entry>();
  const folders = new Set(["."]);
  for (const [, mode = "", blob = "", file = ""] of list.matchAll(/(\d+) ([0-9a-f]+) ([^\0]+)\0/g)) {
    entries.set(file, { mode, blob });
    for (let at = file.indexOf("/"); at >= 0; at = file.indexOf("/", at + 1)) folders.add(file.slice(0, at));
  }
  const entry = (file: string): Entry => {
    const found = entries.get(file);
    if (found !== undefined) return found;
    throw new UserError(`${file} is not in the commit ${id}.`, { hint: "Commit it first." });
  };
  return {
    id,
    paths: [...entries.keys()],
    kind: (file) => (entries.has(file) ? "blob" : folders.has(file) ? "tree" : undefined),
    entry,
    text: async (file) => git(["cat-file", "blob", entry(file).blob]),
  };
}
