import type { Catalog } from "../../../shared/postgres/catalog/model.ts";
import type { Revision } from "./revision.ts";

/** How a step of a migration tool ended. */
export type Ended =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** The end of what it said. */
      readonly said: string;
      /** Where in a file, if it says so. */
      readonly line?: number | undefined;
      /** The tool's own word that this migration cannot be undone. */
      readonly irreversible?: string;
    };

/** One step, and the schema after it; it is not read after a step that failed. */
export type Step = {
  readonly name: "up" | "down" | "up again" | "second run";
  readonly ended: Ended;
  /** What the database says it has, where the tool keeps books. */
  readonly recorded: boolean | undefined;
  readonly catalog: Catalog | undefined;
};

/** What happened to one revision on one database: the facts, before anything is made of them. */
export type Trial = {
  readonly revision: Revision;
  readonly on: "empty" | "seeded";
  /** Why it was not taken down; empty where it was. */
  readonly oneWay: string;
  /** The schema at the revision before it. */
  readonly before: Catalog;
  readonly steps: readonly Step[];
};

/** The steps that a trial consists of. */
export const ROUND_TRIP = ["up", "down", "up again", "second run"] as const;
export const ONE_WAY = ["up", "second run"] as const;
