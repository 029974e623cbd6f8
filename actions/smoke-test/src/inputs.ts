import {
  duration,
  type Field,
  type InputsOf,
  integer,
  optional,
  text,
} from "../../../shared/runtime/inputs.ts";
import { parseList, ValueError } from "../../../shared/runtime/values.ts";
import { sshInputs } from "../../../shared/ssh/inputs.ts";
import type { ExpectConfig } from "./config-schema.ts";
import { parseJsonPath } from "./json-path.ts";

type Status = ExpectConfig["status"];

const statuses: Field<Status> = { secret: false, parse: parseStatuses };
const jsonPath: Field<string> = {
  secret: false,
  parse: (value) => {
    parseJsonPath(value);
    return value;
  },
};

/** The inputs of action.yml. */
export const spec = {
  config: optional(text()),
  url: optional(text()),
  "expect-status": optional(statuses),
  "expect-version": optional(text()),
  "version-url": optional(text()),
  "version-json": optional(jsonPath),
  "version-header": optional(text()),
  retries: optional(integer({ min: 0, max: 1_000 })),
  interval: optional(duration()),
  stability: optional(duration()),
  timeout: duration(),
  ...sshInputs,
} as const;

export type Inputs = InputsOf<typeof spec>;

function parseStatuses(value: string): Status {
  const parts = parseList(value);
  if (parts.length === 0 || !parts.every((part) => /^[1-5](?:xx|\d\d)$/.test(part)))
    throw new ValueError("must be a status such as 200, a class such as 2xx, or several with commas");
  return parts.map((part) => (part.endsWith("x") ? part : Number(part)));
}
