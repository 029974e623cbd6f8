import { databaseInputs } from "../../../shared/postgres/inputs.ts";
import {
  boolean,
  duration,
  type InputsOf,
  list,
  oneOf,
  optional,
  secret,
  text,
} from "../../../shared/runtime/inputs.ts";
import { sshInputs } from "../../../shared/ssh/inputs.ts";
import { FAIL_ON, PARTITIONS, UNEXPECTED } from "./policy-schema.ts";
import { PRESETS } from "./presets.ts";

/** The inputs of action.yml. */
export const spec = {
  ...databaseInputs,
  ...sshInputs,
  "baseline-file": optional(text()),
  "baseline-url": optional(secret()),
  "baseline-command": optional(text()),
  preset: optional(oneOf(...PRESETS)),
  migrations: optional(text()),
  "up-to": oneOf("recorded", "latest"),
  "version-query": optional(text()),
  "baseline-env": list(),
  "scratch-url": optional(secret()),
  config: optional(text()),
  schemas: list(),
  "fail-on": optional(oneOf(...FAIL_ON)),
  unexpected: optional(oneOf(...UNEXPECTED)),
  partitions: optional(oneOf(...PARTITIONS)),
  "update-baseline": boolean(),
  environment: text(),
  issue: boolean(),
  "github-token": optional(secret()),
  "statement-timeout": duration(),
  "lock-timeout": duration(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
