import { duration, type Field, type InputsOf, secret, text } from "../../../shared/runtime/inputs.ts";
import { parseDuration } from "../../../shared/runtime/values.ts";
import { type Channel, parseChannels } from "./channels.ts";
import { parseChecks } from "./checks.ts";
import { parseSeverities, type Severity } from "./severity.ts";

const plain = <T>(parse: (value: string) => T): Field<T> => ({ parse, secret: false });
const noSeverities: ReadonlyMap<string, Severity> = new Map();
const noChannels: readonly Channel[] = [];

/** The inputs of action.yml. */
export const spec = {
  needs: plain(parseChecks),
  severities: { ...plain(parseSeverities), whenEmpty: () => noSeverities },
  channels: { ...plain(parseChannels), whenEmpty: () => noChannels },
  subject: text(),
  "remind-after": plain((value) => (value === "never" ? undefined : parseDuration(value))),
  "github-token": secret(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
