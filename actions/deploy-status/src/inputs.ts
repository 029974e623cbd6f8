import { duration, type Field, type InputsOf, secret } from "../../../shared/runtime/inputs.ts";
import { parseList, ValueError } from "../../../shared/runtime/values.ts";

const environments: Field<readonly string[]> = {
  secret: false,
  parse: (value) => {
    const names = parseList(value);
    if (names.length === 0) throw new ValueError("must name at least one environment");
    return [...new Set(names)];
  },
};

/** The inputs of action.yml. */
export const spec = { environments, "github-token": secret(), timeout: duration() } as const;

export type Inputs = InputsOf<typeof spec>;
