import type { Owner } from "./packages-api.ts";
import type { Deletion, Untag } from "./plan.ts";
import type { Done, Fate, UntagFate, Work } from "./work.ts";

/** What is known of one package at the end of a run. */
export type PackageResult = {
  readonly name: string;
  /** Absent when the package could not be read. */
  readonly work: Work | undefined;
  /** Absent in a dry run, and where the work did not come so far. */
  readonly done: Done | undefined;
  /** Why the step fails for this package. */
  readonly failure: unknown;
  /** Path of the package in the API. */
  readonly path: string;
};

export type Results = {
  readonly owner: Owner;
  readonly dryRun: boolean;
  readonly packages: readonly PackageResult[];
  readonly warnings: readonly string[];
  /** Deletions that `max-deletes` leaves in a dry run start here. */
  readonly maxDeletes: number;
  readonly calls: { readonly github: number; readonly registry: number };
  readonly durationMs: number;
};

export type Counts = {
  readonly deleted: number;
  readonly kept: number;
  readonly failed: number;
  readonly remaining: number;
  readonly saved: number;
  readonly untagged: number;
};

export type Deleted = { readonly deletion: Deletion; readonly fate: Fate | { readonly state: "planned" } };

/** Every planned deletion of a package with what became of it. */
export function deletionsOf({ work, done, failure }: PackageResult): readonly Deleted[] {
  if (done !== undefined) return done.deletions;
  const state = failure === undefined ? ("planned" as const) : ("blocked" as const);
  return work?.plan.delete.map((deletion) => ({ deletion, fate: { state } })) ?? [];
}

export type Untagged = {
  readonly untag: Untag;
  readonly tag: string;
  readonly fate: UntagFate | { readonly state: "planned" | "blocked"; readonly why?: never };
};

/** Every tag that was to be taken away with what became of it. */
export function untagsOf({ work, done, failure }: PackageResult): readonly Untagged[] {
  if (done !== undefined) return done.untags;
  const state = failure === undefined ? ("planned" as const) : ("blocked" as const);
  return (
    work?.plan.untag.flatMap((untag) => untag.tags.map((tag) => ({ untag, tag, fate: { state } }))) ?? []
  );
}

/** The numbers of a whole run. */
export function countAll({ packages, maxDeletes, dryRun }: Results): Counts {
  let [deleted, kept, failed, remaining, saved, untagged, planned] = [0, 0, 0, 0, 0, 0, 0];
  for (const each of packages) {
    kept += each.work?.plan.keep.length ?? 0;
    for (const { fate } of deletionsOf(each)) {
      if (fate.state === "deleted") deleted++;
      else if (fate.state === "planned") planned++;
      else if (fate.state === "left") remaining++;
      else if (fate.state !== "gone") kept++;
      if (fate.state === "refused" || fate.state === "failed") failed++;
      if (fate.state === "saved") saved++;
    }
    for (const { fate } of untagsOf(each)) {
      if (fate.state === "failed") failed++;
      if (fate.state === "left") remaining++;
      if (fate.state === "done" || (dryRun && fate.state === "planned")) untagged++;
    }
  }
  const now = Math.min(planned, maxDeletes);
  return { deleted: deleted + now, kept, failed, remaining: remaining + planned - now, saved, untagged };
}
