import * as z from "zod";
import { ValueError } from "../../../shared/runtime/values.ts";
import type { Status } from "./status.ts";

const resultSchema = z.enum(["success", "failure", "cancelled", "skipped"]);
const needsSchema = z.record(z.string(), z.looseObject({ result: resultSchema }));

/** The jobs that this one waited for, by their ids, with their results. */
export type Needs = readonly { readonly job: string; readonly result: z.output<typeof resultSchema> }[];

/** Reads what `${{ toJSON(needs) }}` gives. Throws a ValueError when it is something else, or empty. */
export function parseNeeds(text: string): Needs {
  const wrong = new ValueError("must be what ${{ toJSON(needs) }} gives, with at least one job");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong;
  }
  const parsed = needsSchema.safeParse(value);
  if (!parsed.success || Object.keys(parsed.data).length === 0) throw wrong;
  return Object.entries(parsed.data).map(([job, { result }]) => ({ job, result }));
}

/** The result of them all: any failure counts first, then any cancellation; skipped only when all were. */
export function statusOf(needs: Needs): Status {
  for (const result of ["failure", "cancelled"] as const)
    if (needs.some((need) => need.result === result)) return result;
  return needs.every(({ result }) => result === "skipped") ? "skipped" : "success";
}
