import type { Version } from "./version.ts";

/** Why a version stays in its own right (the first that holds, in this order), or because of another. */
export type KeepReason =
  | { readonly why: "protected" }
  | { readonly why: "keep-tags"; readonly tag: string; readonly pattern: string }
  /** Tagged, and no tag matches `delete-tags`. */
  | { readonly why: "not-selected" }
  | { readonly why: "young" }
  | { readonly why: "keep-last" }
  | { readonly why: "keep-untagged" }
  /** Untagged or an orphan, and `delete-untagged` is off. */
  | { readonly why: "untagged-stay" }
  /** Some of its tags go, others stay. */
  | { readonly why: "other-tags" }
  /** Signatures and the like, of images that are in another package. */
  | { readonly why: "subject-elsewhere" }
  /** GitHub does not delete the last tagged version of a package. */
  | { readonly why: "last-version" }
  /** A manifest of the package could not be read: everything stays. */
  | { readonly why: "unreadable"; readonly digest: string }
  /** Reached from a version that stays: its child, its referrer, or the subject of it. */
  | { readonly why: "needed"; readonly by: string; readonly as: "child" | "referrer" | "subject" };

export type DeleteReason =
  /** A tagged image, old and beyond keep-last. */
  | { readonly why: "old" }
  | { readonly why: "untagged" }
  /** A signature or the like whose subject is gone. */
  | { readonly why: "orphan" }
  /** The throw-away manifest of a run that was stopped while it took a tag from an image. */
  | { readonly why: "left-over" }
  /** Nobody but a version that goes needs it. */
  | { readonly why: "goes-with"; readonly root: string };

export type Kept = { readonly version: Version; readonly reason: KeepReason };
export type Deletion = { readonly version: Version; readonly reason: DeleteReason };
/** Tags to take from a version that stays. */
export type Untag = { readonly version: Version; readonly tags: readonly string[] };

/** What happens to each version of one package. Every version is in exactly one of `keep` and `delete`. */
export type Plan = {
  readonly keep: readonly Kept[];
  /** In the order in which they are carried out: a parent before its children, a subject before its referrers. */
  readonly delete: readonly Deletion[];
  readonly untag: readonly Untag[];
  /** Set when `maxPercent` forbids to carry it out: the share in percent. */
  readonly tooMany: number | undefined;
};
