import type { Ignored, Judged, PolicyResult } from "./apply-policy.ts";
import type { Policy } from "./policy.ts";

/** What the schema was compared with, in words that hold no secret. */
export type BaselineFacts = {
  readonly kind: "file" | "sql" | "url" | "command";
  readonly what: string;
  readonly server: string;
};

/** Migrations that the source of truth has and the database has not seen. */
export type Pending = { readonly count: number; readonly names: readonly string[] };

/** Everything that a run came to. */
export type Results = {
  readonly environment: string;
  readonly target: { readonly database: string; readonly server: string };
  readonly baseline: BaselineFacts;
  readonly objects: number;
  readonly policy: Pick<Policy, "failOn" | "unexpected" | "partitions" | "schemas">;
  readonly findings: readonly Judged[];
  readonly ignored: readonly Ignored[];
  readonly expired: PolicyResult["expired"];
  readonly unused: PolicyResult["unused"];
  /** What could not be compared, and why: told, never silent. */
  readonly notCompared: readonly string[];
  readonly pending: Pending | undefined;
  readonly fingerprint: string;
  readonly durationMs: number;
};
