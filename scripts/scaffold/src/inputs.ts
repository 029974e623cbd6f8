import { duration, type InputsOf, text } from "../../../shared/runtime/inputs.ts";

/** The inputs of action.yml. */
export const spec = {
  expected: text(),
  actual: text(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
