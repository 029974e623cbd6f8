import type { Finding } from "./finding.ts";

/** What was done with a revision. */
export type RevisionResult = {
  readonly id: string;
  readonly file: string | undefined;
  /** Of the schema after it; empty where it was not reached. */
  readonly fingerprint: string;
  /** Why it has no way down; empty where it has one. */
  readonly irreversible: string;
  readonly empty: "passed" | "failed" | "not reached";
  readonly seeded: "passed" | "failed" | "not reached" | "no seed";
};

/** All that a run found out. */
export type Results = {
  readonly tool: string;
  readonly server: string;
  readonly check: string;
  readonly failOn: "critical" | "major" | "minor" | "none";
  /** How many revisions the project has. */
  readonly revisions: number;
  readonly checked: readonly RevisionResult[];
  readonly findings: readonly (Finding & { readonly fails: boolean })[];
  readonly ignored: readonly Finding[];
  /** What was not looked at, and why. */
  readonly notChecked: readonly string[];
  readonly base: { readonly ref: string; readonly commit: string } | undefined;
  readonly durationMs: number;
};
