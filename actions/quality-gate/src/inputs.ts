import {
  duration,
  type Field,
  type InputsOf,
  oneOf,
  optional,
  text,
} from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { parseQuantity } from "./rules/quantity.ts";

/** Lines with their numbers: a mistake in one of them is told with its line. */
export type Line = { readonly text: string; readonly line: number };

// A report is held in memory whole.
const LARGEST_REPORT = 512 * 2 ** 20;

/** The inputs of action.yml. */
export const spec = {
  reports: entries(),
  sizes: entries(),
  rules: lines(),
  config: optional(text()),
  baseline: optional(text()),
  "baseline-missing": oneOf("fail", "accept"),
  "unknown-severity": oneOf("critical", "high", "medium", "low"),
  title: text(),
  "max-report-size": bytes(LARGEST_REPORT),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;

/** Entries on lines or with commas between them; a comma within braces is part of a glob. */
function entries(): Field<readonly Line[]> {
  const parse = (value: string): Line[] =>
    linesOf(value).flatMap(({ text: line, line: number }) =>
      line
        .split(/,(?![^{]*\})/)
        .map((entry) => ({ text: entry.trim(), line: number }))
        .filter((entry) => entry.text !== ""),
    );
  return { parse, secret: false, whenEmpty: () => [] };
}

/** Lines; blank ones and comments are none. */
function lines(): Field<readonly Line[]> {
  return { parse: linesOf, secret: false, whenEmpty: () => [] };
}

function linesOf(value: string): Line[] {
  return value
    .split("\n")
    .map((line, index) => ({ text: line.replace(/(?:^|\s)#.*$/, "").trim(), line: index + 1 }))
    .filter(({ text: line }) => line !== "");
}

function bytes(max: number): Field<number> {
  const parse = (value: string): number => {
    const size = parseQuantity(value, "bytes");
    if (!(size >= 1 && size <= max)) throw new ValueError("must be a size of at most 512MiB");
    return size;
  };
  return { parse, secret: false };
}
