import { isDigest, isVersion } from "../../../shared/deployments/record.ts";
import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  list,
  oneOf,
  optional,
  secret,
} from "../../../shared/runtime/inputs.ts";
import { parseList, ValueError } from "../../../shared/runtime/values.ts";
import { isEnvironment, parseRefMap, type RefRule } from "./ref-map.ts";

/** What has to be green: everything, nothing, or checks by their names. */
export type Required = "all" | "none" | readonly string[];

const refMap: Field<readonly RefRule[]> = { secret: false, parse: parseRefMap, whenEmpty: () => [] };
const environment = word(isEnvironment, "must be the name of an environment");

/** The inputs of action.yml. */
export const spec = {
  operation: oneOf("auto", "deploy", "promote", "rollback"),
  branches: refMap,
  tags: refMap,
  environment: optional(environment),
  version: optional(
    word(
      isVersion,
      "must be up to 128 letters, digits, dots, dashes and underscores, a letter or digit first",
    ),
  ),
  digest: optional(word(isDigest, "must be sha256: and 64 hexadecimal digits")),
  "from-environment": optional(environment),
  "require-checks": { secret: false, parse: parseRequired } satisfies Field<Required>,
  "wait-for-checks": duration(),
  "require-approval": boolean(),
  actors: list(),
  "allow-diverged": boolean(),
  "github-token": secret(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;

function word(fits: (text: string) => boolean, otherwise: string): Field<string> {
  return {
    secret: false,
    parse: (value) => {
      if (!fits(value)) throw new ValueError(otherwise);
      return value;
    },
  };
}

function parseRequired(value: string): Required {
  if (value === "all" || value === "none") return value;
  const names = parseList(value);
  if (names.length === 0) throw new ValueError("must be all, none, or names of checks");
  return names;
}
