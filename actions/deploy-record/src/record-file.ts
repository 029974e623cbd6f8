import * as z from "zod";
import type { Plan, Steps } from "./inputs.ts";
import type { Verdict } from "./verdict.ts";

/** Who started a run, and where it is to be seen. */
export type Origin = {
  readonly actor: string;
  /** Who has started it again. */
  readonly triggeringActor: string;
  readonly event: string;
  readonly repository: string;
  readonly runUrl: string;
  /** Number and attempt, `123/1`. */
  readonly run: string;
};

// Outputs that say what happened. Everything else stays out: a step may hand on what nobody should read.
const TOLD = [
  "result verified locations manifest sha256 size-bytes tables rows duration-seconds", // db-backup
  "active release previous phase downtime-ms", // blue-green-switch
  "called status deploy-id", // deploy-hook
  "passed failed skipped p95-ms version", // smoke-test
  "purged invalidation-id", // cdn-purge
  "valid missing invalid expiring unknown", // validate-secrets
].flatMap((names) => names.split(" "));

/** deploy-record.json: who, what, how each step ended, when. */
export const recordFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  result: z.enum(["deployed", "not-deployed", "rolled-back", "unproven"]),
  environment: z.string(),
  environmentUrl: z.string().optional(),
  operation: z.enum(["deploy", "promote", "rollback"]),
  version: z.string(),
  sha: z.string(),
  digest: z.string().optional(),
  previous: z.string().optional().describe("What was live before, and is again after a roll back"),
  by: z.strictObject({
    actor: z.string(),
    triggeringActor: z.string(),
    event: z.string(),
    repository: z.string(),
    run: z.string(),
    runUrl: z.string(),
  }),
  deployment: z.int().optional().describe("Number of the deployment on GitHub"),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  failed: z.array(z.string()).describe("Ids of the steps that failed or were cancelled"),
  steps: z
    .record(
      z.string(),
      z.strictObject({
        outcome: z.enum(["success", "failure", "cancelled", "skipped"]),
        outputs: z.record(z.string(), z.string()),
      }),
    )
    .describe("By their ids; the backup and its proof under `backup`"),
});

export type RecordFile = z.output<typeof recordFileSchema>;

/** The whole record of a deploy. Pure. */
export function recordFile(
  plan: Plan,
  steps: Steps,
  verdict: Verdict,
  facts: {
    readonly origin: Origin;
    readonly deployment: number | undefined;
    readonly startedAt: number;
    readonly finishedAt: number;
    readonly environmentUrl: string | undefined;
  },
): RecordFile {
  const { origin, deployment, startedAt, finishedAt, environmentUrl } = facts;
  const { actor, triggeringActor, event, repository, run, runUrl } = origin;
  return {
    schemaVersion: 1,
    result: verdict.result,
    environment: plan.environment,
    ...(environmentUrl === undefined ? {} : { environmentUrl }),
    operation: plan.action,
    version: plan.version,
    sha: plan.sha,
    ...(plan.digest === "" ? {} : { digest: plan.digest }),
    ...(plan.previous === "" ? {} : { previous: plan.previous }),
    by: { actor, triggeringActor, event, repository, run, runUrl },
    ...(deployment === undefined ? {} : { deployment }),
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    durationMs: Math.max(0, finishedAt - startedAt),
    failed: [...verdict.failed],
    steps: Object.fromEntries(Object.entries(steps).map(([id, step]) => [id, toldOf(step)])),
  };
}

function toldOf({ outcome, outputs }: Steps[string]): RecordFile["steps"][string] {
  const told = TOLD.flatMap((name) => {
    const value = outputs[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  return { outcome, outputs: Object.fromEntries(told) };
}
