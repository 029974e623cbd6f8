import type { Pattern } from "./pattern.ts";

export type { Pattern } from "./pattern.ts";

/** What may go from one package. Durations are milliseconds. */
export type Rules = {
  /** A tagged image is old from this age on. */
  readonly olderThan: number;
  /** Which of a version's two times its age and its rank are counted from. */
  readonly by: "updated" | "created";
  /** The newest images that stay however old they are. */
  readonly keepLast: number;
  readonly keepTags: readonly Pattern[];
  /** When there are any, only tags that match are removed, and only images of which a tag matches are counted. */
  readonly deleteTags: readonly Pattern[];
  readonly deleteUntagged: boolean;
  /** The newest untagged images that stay. */
  readonly keepUntagged: number;
  /** Untagged versions and signatures stay until this age, counted from the later of their two times. */
  readonly minAge: number;
  /** Digests that stay with all they need and all that is about them. */
  readonly protectDigests: ReadonlySet<string>;
  /** More deletions than this share of the package's versions stop the package. */
  readonly maxPercent: number;
};
