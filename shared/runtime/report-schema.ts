import * as z from "zod";

const failureSchema = z.strictObject({
  title: z.string(),
  message: z.string().describe("What happened, to what, and why"),
  hint: z.string().optional().describe("What to do about it"),
  where: z
    .strictObject({
      file: z.string().optional(),
      line: z.int().positive().optional(),
      column: z.int().positive().optional(),
      input: z.string().optional(),
    })
    .optional(),
});

/** The part of the JSON report that all actions share. */
const envelope = {
  schemaVersion: z.literal(1),
  action: z.string(),
  ref: z
    .string()
    .describe("The version of the action that ran, as the workflow names it; empty for a local one"),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  failures: z.array(failureSchema).describe("Empty exactly when the step succeeded"),
  left: z.array(z.string()).describe("What a cancelled run could not clean up in time"),
};

/**
 * The schema of an action's report: the shared part, the verdict and the action's own part. `details` must accept
 * its keys being absent, because a run that failed early has none; this function makes them optional.
 */
export function reportSchema<const Result extends string, Shape extends z.ZodRawShape>(
  results: readonly Result[],
  details: Shape,
) {
  return z.strictObject({
    ...envelope,
    result: z.enum([...results, "error", "cancelled"]).describe("The verdict in one word"),
    ...z.strictObject(details).partial().shape,
  });
}
