import * as z from "zod";
import { duration, type Field, type InputsOf, list } from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";

const RESULTS = ["success", "failure", "cancelled", "skipped"] as const;
export type Result = (typeof RESULTS)[number];

/** What each job came to, by its id. */
export type Jobs = Readonly<Record<string, Result>>;

// `outputs` stands there, too; a job of ours decides by the result alone.
const needsSchema = z.record(z.string(), z.object({ result: z.enum(RESULTS) }));

const jobs: Field<Jobs> = {
  secret: false,
  parse: (text) => {
    const value = ((): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        throw new ValueError("must be JSON, as toJSON(needs) gives it");
      }
    })();
    const parsed = needsSchema.safeParse(value);
    if (!parsed.success)
      throw new ValueError(`must hold jobs with a result, which is one of ${RESULTS.join(", ")}`);
    const results = Object.entries(parsed.data).map(([id, { result }]) => [id, result] as const);
    // A key that the check leaves out (__proto__ is an id that GitHub takes) would be a job that nobody judges.
    if (results.length !== Object.keys(value as object).length)
      throw new ValueError("holds a job whose id cannot be read: give it another one");
    if (results.length === 0) throw new ValueError("holds no job: this job needs `needs`");
    return Object.fromEntries(results);
  },
};

/** The inputs of action.yml. */
export const spec = {
  needs: jobs,
  "may-skip": list(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
