import { parseAge } from "../../../shared/runtime/age.ts";
import { duration, type Field, type InputsOf, list, secret, text } from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";

/** A job, and how old its last success may be, in milliseconds. */
export type WatchedJob = { readonly file: string; readonly job: string; readonly period: number };

const jobs: Field<readonly WatchedJob[]> = { secret: false, parse: parseJobs, whenEmpty: () => [] };

/** The inputs of action.yml. */
export const spec = {
  workflows: text(),
  ignore: list(),
  jobs,
  slack: duration(),
  "github-token": secret(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;

function parseJobs(value: string): readonly WatchedJob[] {
  const lines = value.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [, file, job, age] = /^\s*([\w.-]+\.ya?ml)\s*:\s*(\S.*?)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (file === undefined || job === undefined || age === undefined)
      throw new ValueError("must be lines such as `scheduled.yml: drill = 35d`");
    return { file, job, period: parseAge(age) };
  });
}
