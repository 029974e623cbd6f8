import type { Annotation } from "../../../shared/runtime/annotations.ts";
import { type Failure, failuresOf, type Outcome } from "../../../shared/runtime/outcome.ts";
import type { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import { formatBytes } from "../../../shared/runtime/values.ts";
import type { BackUpResult } from "./back-up.ts";
import { halfOfMedian } from "./growth.ts";
import { summaryOf } from "./summary.ts";
import type { Swept } from "./sweep.ts";
import type { Thinned } from "./thin-out.ts";

export type Results = {
  readonly results: readonly BackUpResult[];
  /** Of databases without a new backup. */
  readonly problems: readonly (UserError | UserErrors)[];
  readonly thinned: readonly Thinned[];
  readonly swept: readonly Swept[];
  readonly dryRun: boolean;
  readonly durationMs: number;
};

/** Everything the user sees of a finished run. Pure. */
export function outcomeOf(run: Results): Outcome {
  const { results, problems, thinned, swept, dryRun } = run;
  const failures: Failure[] = [
    ...problems,
    ...results.flatMap((each) => each.failures),
    ...thinned.flatMap((each) => each.problems),
  ].flatMap((error) => failuresOf("db-backup", error));
  return {
    result: failures.length > 0 ? "failed" : dryRun ? "planned" : "backed-up",
    failures,
    annotations: [
      ...results.flatMap(remarksOf),
      ...(dryRun ? [] : results.flatMap(warningsOf)),
      ...thinned.flatMap(unreadableOf),
    ],
    outputs: dryRun ? NOTHING : outputsOf(run),
    summary: summaryOf(run, failures),
    details: {
      backups: results.map(detailsOf),
      retention: thinned.map(({ problems: _, ...each }) => each),
      swept,
    },
  };
}

const NOTHING: Outcome["outputs"] = {
  ...{ file: "", locations: "", manifest: "", "size-bytes": "", sha256: "", "duration-seconds": "" },
  ...{ tables: "", rows: "", verified: "none", deleted: "" },
};

function outputsOf({ results, thinned, durationMs }: Results): Outcome["outputs"] {
  const manifests = results.map(({ manifest }) => manifest);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const rows = manifests.map((manifest) => manifest.rows);
  return {
    file: manifests.map(({ object }) => object.key).join("\n"),
    locations: results.flatMap(({ locations }) => locations).join("\n"),
    manifest: results.flatMap((each) => each.manifests).join("\n"),
    "size-bytes": sum(manifests.map(({ object }) => object.bytes)),
    sha256: manifests.map(({ object }) => object.sha256).join("\n"),
    "duration-seconds": Math.round(durationMs / 100) / 10,
    tables: sum(manifests.map(({ tables }) => tables.length)),
    rows: rows.includes(null) ? "" : sum(rows.map((each) => each ?? 0)),
    verified: weakest(manifests.map(({ verification }) => verification.level)),
    deleted: thinned
      .flatMap(({ remove }) => remove.filter(({ done }) => done).map(({ location }) => location))
      .join("\n"),
  };
}

function unreadableOf({ where, unreadable }: Thinned): Annotation[] {
  if (unreadable.length === 0) return [];
  const shown = unreadable.slice(0, 3).map(({ why }) => why);
  const message = `${unreadable.length} files at ${where} look like manifests and cannot be read; retention leaves them alone. ${shown.join(" ")}`;
  return [{ level: "warning", title: "db-backup: unreadable manifests", message }];
}

const LEVELS = ["none", "archive", "restore"] as const;

function weakest(levels: readonly (typeof LEVELS)[number][]): string {
  return LEVELS.find((level) => levels.includes(level)) ?? "none";
}

function remarksOf({ remarks }: BackUpResult): Annotation[] {
  return remarks.map((message) => ({ level: "warning", title: "db-backup", message }));
}

function warningsOf({ database, manifest, growth }: BackUpResult): Annotation[] {
  const median = halfOfMedian(growth, manifest.object.bytes);
  if (median === undefined) return [];
  const message = `The backup of ${database} has ${formatBytes(manifest.object.bytes)}, not even half of the median of the last ones (${formatBytes(median)}). See whether data is missing in the database.`;
  return [{ level: "warning", title: "db-backup: much smaller than usual", message }];
}

function detailsOf({
  database,
  manifest,
  locations,
  dumpMs,
  proofMs,
}: BackUpResult): Record<string, unknown> {
  const { attributes: _, ...shown } = manifest;
  return { database, locations, dumpMs, proofMs, manifest: shown };
}
