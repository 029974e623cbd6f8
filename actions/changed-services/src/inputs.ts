import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  optional,
  text,
} from "../../../shared/runtime/inputs.ts";
import { parseList, ValueError } from "../../../shared/runtime/values.ts";
import { isKind, KINDS, type Kind } from "./kinds.ts";

const percent: Field<number> = {
  secret: false,
  parse: (value) => {
    const number = /^\d{1,3}(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (!(number <= 100)) throw new ValueError("must be a number from 0 to 100");
    return number;
  },
};

const kinds: Field<readonly Kind[]> = {
  secret: false,
  whenEmpty: () => KINDS,
  parse: (value) => {
    const names = parseList(value);
    const found = names.filter(isKind);
    if (found.length < names.length || found.length === 0)
      throw new ValueError(`must be some of ${KINDS.join(", ")}`);
    return found;
  },
};

/** The inputs of action.yml. */
export const spec = {
  config: text(),
  all: boolean(),
  coverage: optional(percent),
  kinds,
  commands: boolean(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
