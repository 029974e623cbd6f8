import { duration, type InputsOf, integer, optional, text } from "../../../shared/runtime/inputs.ts";
import { sshInputs } from "../../../shared/ssh/inputs.ts";

/** The inputs of action.yml. */
export const spec = {
  config: optional(text()),
  url: optional(text()),
  "expect-status": optional(text()),
  "expect-version": optional(text()),
  "version-url": optional(text()),
  "version-json": optional(text()),
  "version-header": optional(text()),
  retries: optional(integer({ min: 0, max: 1_000 })),
  interval: optional(duration()),
  stability: optional(duration()),
  timeout: duration(),
  ...sshInputs,
} as const;

export type Inputs = InputsOf<typeof spec>;
