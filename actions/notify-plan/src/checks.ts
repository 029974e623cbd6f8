import * as z from "zod";
import type { JobResult } from "../../../shared/github/job-result.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { isSeverity, type Severity } from "./severity.ts";

/** A job that was due and has found something out: that all is well, or not. */
export type Check = {
  /** The id of the job. */
  readonly job: string;
  /** `cancelled` also when its time was up. */
  readonly result: JobResult;
  readonly severity: Severity | undefined;
  readonly detail: string;
  /** Whether it fails otherwise than last time, where it says so itself. */
  readonly changed: boolean | undefined;
};

const needsSchema = z.record(
  z.string(),
  z.looseObject({
    result: z.enum(["success", "failure", "cancelled", "skipped"]),
    outputs: z.record(z.string(), z.string()).default({}),
  }),
);

/** Reads what `${{ toJSON(needs) }}` gives; what was skipped was not due. Throws a ValueError. */
export function parseChecks(text: string): readonly Check[] {
  const parsed = needsSchema.safeParse(jsonIn(text));
  if (!parsed.success || Object.keys(parsed.data).length === 0)
    throw new ValueError("must be what ${{ toJSON(needs) }} gives, with at least one job");
  return Object.entries(parsed.data).flatMap(([job, { result, outputs }]) => {
    if (result === "skipped") return [];
    const { severity = "", detail = "", changed } = outputs;
    const own = isSeverity(severity) ? severity : undefined;
    const said = changed === "true" ? true : changed === "false" ? false : undefined;
    return [{ job, result, severity: own, detail: detail.trim(), changed: said }];
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
