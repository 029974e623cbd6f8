import type { Deletion, Plan, Untag } from "./plan.ts";
import type { Rules } from "./rules.ts";
import type { Facts } from "./sources.ts";

/** One package with what was decided for it. */
export type Work = {
  readonly name: string;
  readonly rules: Rules;
  readonly facts: Facts;
  readonly plan: Plan;
  /** Bytes that the plan frees; undefined where they were not counted. */
  readonly bytes: number | undefined;
};

/** What became of one planned deletion. */
export type Fate =
  | { readonly state: "deleted" }
  /** Somebody else was faster, or an answer of GitHub's was lost. */
  | { readonly state: "gone" }
  /** What it was planned on did not hold any more. */
  | { readonly state: "saved"; readonly why: string }
  /** GitHub does not delete it. */
  | { readonly state: "refused"; readonly why: string }
  | { readonly state: "failed"; readonly why: string }
  /** For the next run. */
  | { readonly state: "left" }
  /** The package was not to be touched. */
  | { readonly state: "blocked" };

export type UntagFate = {
  readonly state: "done" | "saved" | "failed" | "left";
  readonly why?: string;
  /** The token may not push. */
  readonly denied?: boolean;
};

/** Everything that became of a plan. */
export type Done = {
  readonly deletions: readonly { readonly deletion: Deletion; readonly fate: Fate }[];
  readonly untags: readonly { readonly untag: Untag; readonly tag: string; readonly fate: UntagFate }[];
  /** Why the package was not, or not wholly, worked off: what fails the step. */
  readonly failure: unknown;
  /** What stopped the work for this run, in words; the rest is left. */
  readonly stopped: string | undefined;
};
