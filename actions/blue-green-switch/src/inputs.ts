import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  oneOf,
  optional,
  secret,
  text,
} from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { sshInputs } from "../../../shared/ssh/inputs.ts";

export const OPERATIONS = [
  "deploy",
  "rollback",
  "status",
  "repair",
  "maintenance-on",
  "maintenance-off",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What a name may be: it becomes a path, a label and part of a command on the host. */
export const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

function name(): Field<string> {
  const parse = (value: string): string => {
    if (NAME.test(value) && value !== "force") return value;
    throw new ValueError(
      "must be at most 128 letters, digits, dots, dashes and underscores, not begin with a dot, and not be the word force",
    );
  };
  return { parse, secret: false };
}

function image(): Field<string> {
  const parse = (value: string): string => {
    if (/^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}$/.test(value)) return value;
    throw new ValueError("must be the reference of an image, such as ghcr.io/acme/shop@sha256:…");
  };
  return { parse, secret: false };
}

/** The inputs of action.yml. */
export const spec = {
  operation: oneOf(...OPERATIONS),
  config: text(),
  release: optional(name()),
  image: optional(image()),
  to: optional(name()),
  force: boolean(),
  hold: boolean(),
  "lock-wait": duration(),
  environment: optional(text()),
  "github-token": optional(secret()),
  "dry-run": boolean(),
  ...sshInputs,
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
