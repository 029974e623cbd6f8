import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  optional,
  secret,
  text,
} from "../../../shared/runtime/inputs.ts";
import { nearest } from "../../../shared/runtime/nearest.ts";
import { parseList, ValueError } from "../../../shared/runtime/values.ts";
import { FAILING, type Failing } from "./verdict.ts";

const verdicts: Field<readonly Failing[]> = { secret: false, parse: parseVerdicts };

/** The inputs of action.yml. */
export const spec = {
  config: text(),
  environment: optional(text()),
  secrets: optional(secret()),
  probe: boolean(),
  "fail-on": verdicts,
  "fail-on-unknown": boolean(),
  workflows: optional(text()),
  init: boolean(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;

function parseVerdicts(value: string): readonly Failing[] {
  const words = parseList(value);
  if (words.length === 1 && words[0] === "none") return [];
  const known = new Set<Failing>();
  for (const word of words) {
    const found = FAILING.find((verdict) => verdict === word);
    if (found === undefined) throw new ValueError(refusal(word));
    known.add(found);
  }
  if (known.size === 0) throw new ValueError(`must be none, or a list of ${FAILING.join(", ")}`);
  return [...known];
}

function refusal(word: string): string {
  if (word === "none") return "must be none alone, without other verdicts";
  if (word === "unknown") return "must be without unknown, which has an input of its own: fail-on-unknown";
  const near = nearest(word, FAILING);
  const meant = near === undefined ? "" : ` (did you mean ${near}?)`;
  return `must be none, or a list of ${FAILING.join(", ")}${meant}`;
}
