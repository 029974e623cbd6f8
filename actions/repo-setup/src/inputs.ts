import {
  duration,
  type Field,
  type InputsOf,
  oneOf,
  optional,
  secret,
  text,
} from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";

const repository: Field<string> = {
  secret: false,
  parse: (value) => {
    if (!/^[\w.-]+\/[\w.-]+$/.test(value)) throw new ValueError("must be owner/name");
    return value;
  },
};

/** The inputs of action.yml. */
export const spec = {
  config: text(),
  mode: oneOf("check", "apply"),
  repository: optional(repository),
  token: secret(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
