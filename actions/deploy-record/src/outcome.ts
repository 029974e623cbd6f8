import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { code, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { Plan } from "./inputs.ts";
import type { RecordFile } from "./record-file.ts";
import type { Verdict } from "./verdict.ts";

const NAME = "deploy-record";
const DOING = { deploy: "Deploying", promote: "Promoting", rollback: "Rolling back to" } as const;

/** What the user sees when a deploy begins. Pure. */
export function begunOutcome(plan: Plan, deployment: number, startedAt: number): Outcome {
  const title = `${DOING[plan.action]} ${plan.version} ${plan.action === "rollback" ? "in" : "to"} ${plan.environment}`;
  return {
    result: "begun",
    failures: [],
    outputs: {
      deployment,
      "started-at": new Date(startedAt).toISOString(),
      status: "started",
      title,
      fields: JSON.stringify(plan.previous === "" ? {} : { "Live until now": plan.previous }),
    },
    summary: [],
    details: { deployment, plan },
  };
}

/** What the user sees when it is over. It fails unless the new version is live and proven. Pure. */
export function finishedOutcome(file: RecordFile, verdict: Verdict, unrecorded: readonly Failure[]): Outcome {
  const title = titleOf(file, verdict);
  const failures: Failure[] =
    verdict.result === "deployed" ? [] : [{ title: NAME, message: `${title}.`, hint: hintOf(file, verdict) }];
  return {
    result: verdict.result,
    failures: [...failures, ...unrecorded],
    outputs: {
      deployment: file.deployment ?? "",
      "started-at": file.startedAt,
      status: verdict.status,
      title,
      fields: JSON.stringify(fieldsOf(file)),
      artifact: artifactOf(file),
    },
    summary: summaryOf(file, title),
    details: { ...(file.deployment === undefined ? {} : { deployment: file.deployment }), record: file },
    files: [
      {
        output: "record",
        name: "deploy-record.json",
        content: (redact) => `${JSON.stringify(redacted(file, redact), null, 2)}\n`,
      },
    ],
  };
}

function titleOf(
  { version, environment, previous, operation }: RecordFile,
  { result, status }: Verdict,
): string {
  const old = previous ?? "what was there before";
  switch (result) {
    case "deployed":
      return operation === "rollback"
        ? `${environment} is back at ${version}`
        : `${version} is live in ${environment}`;
    case "not-deployed":
      return `${version} was not deployed to ${environment}${status === "cancelled" ? ", because it was cancelled" : ""}; ${old} is live`;
    case "rolled-back":
      return `${version} was bad and is gone from ${environment}; ${old} is live again`;
    case "unproven":
      return `NOBODY KNOWS WHAT IS LIVE in ${environment}: ${version} is bad, and ${old} was not proven to be back`;
  }
}

function hintOf({ failed, environment }: RecordFile, { result }: Verdict): string {
  const steps = failed.length === 0 ? "No step has deployed anything." : `Look at ${failed.join(", ")}.`;
  if (result !== "unproven") return steps;
  return `${steps} Look at ${environment} at once, then deploy or roll back by hand.`;
}

function fieldsOf({ previous, steps, failed, durationMs }: RecordFile): Record<string, string> {
  const verified = steps["backup"]?.outputs["verified"];
  const downtime = steps["switch"]?.outputs["downtime-ms"];
  return {
    ...(previous === undefined ? {} : { Before: previous }),
    ...(verified === undefined ? {} : { Backup: `proven by ${verified}` }),
    ...(downtime === undefined ? {} : { Downtime: `${downtime} ms` }),
    ...(failed.length === 0 ? {} : { Failed: failed.join(", ") }),
    Took: formatDuration(durationMs),
  };
}

/** Unlike any other of a run, and without what upload-artifact refuses in a name. */
function artifactOf({ environment, deployment, by }: RecordFile): string {
  return ["deploy-record", environment, deployment ?? by.run].join("-").replace(/[^\w.-]+/g, "-");
}

const SIGNS = { deployed: "✅", "not-deployed": "❌", "rolled-back": "↩️", unproven: "🚨" } as const;
const OUTCOMES = { success: "✅", failure: "❌", cancelled: "⏹️", skipped: "⏭️" } as const;

function summaryOf(file: RecordFile, title: string): string[] {
  const rows = Object.entries(file.steps).map(([id, { outcome, outputs }]) => [
    `${OUTCOMES[outcome]} ${plain(id)}`,
    plain(outputs["result"] ?? outcome),
  ]);
  const undone = file.result === "rolled-back" && file.steps["switch"] !== undefined;
  return [
    heading(3, `${SIGNS[file.result]} ${title}`),
    paragraph(
      `Commit ${code(file.sha)}, by ${plain(file.by.triggeringActor)}, in ${plain(formatDuration(file.durationMs))}.`,
    ),
    ...(undone
      ? [
          paragraph(
            plain(
              "The database was not taken back: the old version runs on whatever the new one has migrated.",
            ),
          ),
        ]
      : []),
    table({ columns: [{ title: "Step" }, { title: "Result" }], rows }),
  ];
}

function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redacted(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redacted(item, redact)]));
}
