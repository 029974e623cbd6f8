import {
  boolean,
  duration,
  type InputsOf,
  integer,
  list,
  oneOf,
  optional,
  secret,
  text,
} from "../../../shared/runtime/inputs.ts";
import { PRESETS } from "./presets.ts";
import { CHECKS } from "./select.ts";
import { FAIL_ON } from "./severity.ts";
import { SQUAWK } from "./squawk.ts";

/** The inputs of action.yml. */
export const spec = {
  preset: optional(oneOf(...PRESETS)),
  "working-directory": text(),
  migrations: optional(text()),
  revisions: optional(text()),
  up: optional(text()),
  to: optional(text()),
  down: optional(text()),
  current: optional(text()),
  check: oneOf(...CHECKS),
  "base-ref": optional(text()),
  seed: optional(text()),
  "seed-command": optional(text()),
  "seed-at": optional(text()),
  rerun: boolean(),
  irreversible: list(),
  ignore: list(),
  squawk: oneOf(...SQUAWK),
  roles: list(),
  "command-env": list(),
  "url-variables": list(),
  "postgres-version": optional(integer({ min: 14, max: 99 })),
  "scratch-url": optional(secret()),
  never: optional(secret()),
  "fail-on": oneOf(...FAIL_ON),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
