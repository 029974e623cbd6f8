import { COMPRESSIONS, PROOFS } from "../../../shared/backup/manifest.ts";
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
import { sshInputs } from "../../../shared/ssh/inputs.ts";

/** One entry a line: a directory may have a comma in its name. */
const lines: Field<readonly string[]> = {
  secret: false,
  parse: (value) =>
    value
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
};

const kept = optional(integer({ min: 0, max: 100_000 }));

/** The inputs of action.yml. */
export const spec = {
  ...databaseInputs,
  databases: list(),
  ...sshInputs,
  tunnel: boolean(),
  "run-on": oneOf("runner", "ssh"),
  container: optional(text()),
  "pg-bin": optional(text()),
  "allow-newer-client": boolean(),
  destination: lines,
  compression: oneOf(...COMPRESSIONS),
  "compression-level": optional(integer({ min: 1, max: 19 })),
  "encrypt-to": list(),
  verify: oneOf(...PROOFS),
  "scratch-url": optional(secret()),
  "include-globals": boolean(),
  "include-role-passwords": boolean(),
  "lock-timeout": duration(),
  "allow-empty": boolean(),
  "retention-days": kept,
  "keep-last": kept,
  "keep-daily": kept,
  "keep-weekly": kept,
  "keep-monthly": kept,
  "s3-endpoint": optional(text()),
  "s3-region": optional(text()),
  "s3-path-style": optional(boolean()),
  "s3-checksums": oneOf("when-supported", "when-required"),
  "s3-storage-class": optional(text()),
  "s3-encryption": optional(text()),
  "s3-kms-key-id": optional(text()),
  "s3-part-size": optional(integer({ min: 5, max: 5_120 })),
  "s3-tries": integer({ min: 1, max: 100 }),
  "dry-run": boolean(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
