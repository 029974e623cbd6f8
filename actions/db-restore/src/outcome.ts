import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import type { Plan } from "./plan.ts";
import { brokenPromises, type Promises } from "./promises.ts";
import type { Source } from "./source.ts";
import { summaryOf } from "./summary.ts";
import type { Phase } from "./timeline.ts";
import { extentOf, type Verified } from "./verify.ts";

/** What a restore has made. */
export type Done = {
  readonly database: string;
  /** The name that the database has now which was in its place before. */
  readonly previous: string | undefined;
  /** Undefined where nobody looked. */
  readonly verified: Verified | undefined;
  /** Statements that undo a swap. */
  readonly wayBack: readonly string[];
  /** How long nobody could connect while databases were swapped. */
  readonly blockedMs: number | undefined;
};

export type Results = {
  readonly source: Pick<Source, "location" | "manifest">;
  readonly plan: Plan;
  /** Of the target. */
  readonly server: string;
  /** Undefined for a dry run. */
  readonly done: Done | undefined;
  readonly phases: readonly Phase[];
  readonly totalMs: number;
  readonly remarks: readonly string[];
  readonly promises: Promises;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** Everything the user sees of a run that came to its end. Pure. */
export function outcomeOf(results: Results): Outcome {
  const { source, plan, done, phases, totalMs, remarks } = results;
  const { manifest, location } = source;
  const seconds = Math.round(totalMs / 100) / 10;
  const ageMs = results.now - Date.parse(manifest.snapshotAt);
  const recoveryMs = done === undefined ? undefined : totalMs;
  const extent = extentOf(done?.verified);
  const said = [...remarks, ...gapIn(done?.verified)];
  const warnings: Annotation[] = said.map((message) => ({
    level: "warning",
    title: "db-restore",
    message,
  }));
  return {
    result: done === undefined ? "planned" : "restored",
    failures: brokenPromises(results.promises, { recoveryMs, ageMs }),
    annotations: warnings,
    outputs: {
      database: plan.database,
      "previous-database": done?.previous ?? "",
      backup: location,
      "snapshot-at": manifest.snapshotAt,
      tables: manifest.tables.length,
      rows: extent === "none" ? "" : (done?.verified?.rows ?? ""),
      verified: extent === "all" ? "rows" : "none",
      "duration-seconds": seconds,
    },
    summary: summaryOf({ ...results, remarks: said }),
    details: {
      mode: plan.mode,
      database: plan.database,
      previousDatabase: done?.previous,
      backup: {
        location,
        database: manifest.database,
        snapshotAt: manifest.snapshotAt,
        sha256: manifest.object.sha256,
        bytes: manifest.object.bytes,
        verification: manifest.verification.level,
      },
      verified: done?.verified,
      wayBack: done?.wayBack,
      blockedMs: done?.blockedMs,
      timeline: phases,
      recoverySeconds: seconds,
      targetSeconds:
        results.promises.recoveryTarget === undefined ? undefined : results.promises.recoveryTarget / 1_000,
      remarks: said,
    },
  };
}

/** What is to be said where not all could be compared. */
function gapIn(verified: Verified | undefined): string[] {
  if (verified === undefined || verified.uncounted === 0) return [];
  const { tables, uncounted } = verified;
  return [
    `The rows of ${uncounted} of ${tables} tables could not be compared with the backup: it tells no count of them (verify: none), or row security hides their rows from the user.`,
  ];
}
