import { createHash } from "node:crypto";

export type Comparison = {
  readonly status: "identical" | "ahead" | "behind" | "diverged";
  readonly ahead: number;
  readonly behind: number;
};

/** The commits of a repository. */
export type Commits = {
  /** Adds a commit; gives its id, which the name decides. */
  add(name: string, ...parents: readonly string[]): string;
  /** Adds one that exists elsewhere under this id. */
  adopt(sha: string, ...parents: readonly string[]): void;
  has(sha: string): boolean;
  compare(base: string, head: string): Comparison;
};

/** What has reported on commits, by their ids. */
export type Checks = {
  readonly runs: Map<
    string,
    readonly {
      name: string;
      status: string;
      conclusion: string | null;
      details_url: string | null;
      suite?: number;
    }[]
  >;
  readonly suites: Map<
    string,
    readonly { id: number; status: string; conclusion: string | null; slug: string; runs: number }[]
  >;
  /** By their numbers. */
  readonly jobs: Map<
    number,
    {
      readonly run: number;
      readonly steps: readonly { readonly name: string; readonly conclusion: string }[];
    }
  >;
  readonly statuses: Map<string, readonly { context: string; state: string }[]>;
};

/** The id of the commit that {@link Commits.add} makes for a name. */
export function shaOf(name: string): string {
  return createHash("sha1").update(name).digest("hex");
}

export function commitGraph(): Commits {
  const parents = new Map<string, readonly string[]>();
  const reach = (sha: string, found = new Set<string>()): Set<string> => {
    if (found.has(sha)) return found;
    found.add(sha);
    for (const parent of parents.get(sha) ?? []) reach(parent, found);
    return found;
  };
  return {
    add(name, ...before) {
      parents.set(shaOf(name), before);
      return shaOf(name);
    },
    adopt: (sha, ...before) => void parents.set(sha, before),
    has: (sha) => parents.has(sha),
    compare(base, head) {
      const [ofBase, ofHead] = [reach(base), reach(head)];
      const [ahead, behind] = [ofHead.difference(ofBase).size, ofBase.difference(ofHead).size];
      const status =
        ahead > 0 && behind > 0 ? "diverged" : ahead > 0 ? "ahead" : behind > 0 ? "behind" : "identical";
      return { status, ahead, behind };
    },
  };
}
