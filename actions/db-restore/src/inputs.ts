import { databaseInputs } from "../../../shared/postgres/inputs.ts";
import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  integer,
  list,
  oneOf,
  optional,
  secret,
  text,
} from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { sshInputs } from "../../../shared/ssh/inputs.ts";

/** A moment with its time zone, in milliseconds since 1970. */
const moment: Field<number> = {
  secret: false,
  parse: (value) => {
    const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;
    const at = form.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(at)) {
      throw new ValueError(
        "must be a time with its zone, such as 2026-03-01T04:00:00Z or 2026-03-01T06:00+02:00",
      );
    }
    return at;
  },
};

export const MODES = ["new", "into-empty", "swap"] as const;
export type Mode = (typeof MODES)[number];

/** The inputs of action.yml. */
export const spec = {
  from: text(),
  select: oneOf("latest", "latest-even-unproven"),
  before: optional(moment),
  database: optional(text()),
  "age-identity": optional(secret()),
  ...databaseInputs,
  "maintenance-db": text(),
  mode: oneOf(...MODES),
  confirm: optional(text()),
  jobs: integer({ min: 1, max: 64 }),
  "no-owner": boolean(),
  "missing-roles": oneOf("fail", "create"),
  "skip-extensions": list(),
  "unknown-settings": oneOf("fail", "skip"),
  "drain-timeout": duration(),
  analyze: boolean(),
  verify: boolean(),
  ...sshInputs,
  tunnel: boolean(),
  "pg-bin": optional(text()),
  "s3-endpoint": optional(text()),
  "s3-region": optional(text()),
  "s3-path-style": optional(boolean()),
  "s3-checksums": oneOf("when-supported", "when-required"),
  "recovery-target": optional(duration()),
  "max-age": optional(duration()),
  "dry-run": boolean(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
