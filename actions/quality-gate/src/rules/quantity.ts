import { formatDuration, parseDuration, ValueError } from "../../../../shared/runtime/values.ts";
import type { Metric, Unit } from "./metric.ts";

const BYTES: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
};

const EXAMPLES: Readonly<Record<Unit, string>> = {
  percent: "a percentage such as 80 or 99.5%",
  count: "a whole number such as 5",
  duration: "a time with its unit, such as 500ms or 2s",
  bytes: "a size with its unit (B, kB, MB, GB of 1000, KiB, MiB, GiB of 1024), such as 300kB",
  rate: "a number a second, such as 50 or 50/s",
};

/** A number in a metric's unit: percent, things, milliseconds, bytes, things a second. Throws ValueError. */
export function parseQuantity(text: string, unit: Unit): number {
  const value = readQuantity(text.replace(/(?<=\d)\s+(?=[%/A-Za-z])/g, ""), unit);
  if (value === undefined) throw new ValueError(`must be ${EXAMPLES[unit]}`);
  return value;
}

function readQuantity(text: string, unit: Unit): number | undefined {
  switch (unit) {
    case "percent":
      return decimal(text, /^(\d+(?:\.\d+)?)%?$/);
    case "count":
      return decimal(text, /^(\d{1,15})$/);
    case "rate":
      return decimal(text, /^(\d+(?:\.\d+)?)(?:\/s)?$/);
    case "duration":
      return milliseconds(text);
    case "bytes": {
      const [, number = "", name = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
      const size = Object.hasOwn(BYTES, name) ? BYTES[name] : undefined;
      return size === undefined ? undefined : Number(number) * size;
    }
  }
}

function decimal(text: string, form: RegExp): number | undefined {
  const number = form.exec(text)?.[1];
  return number === undefined ? undefined : Number(number);
}

function milliseconds(text: string): number | undefined {
  const fraction = decimal(text, /^(\d+(?:\.\d+)?)ms$/);
  if (fraction !== undefined) return fraction;
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof ValueError) return undefined;
    throw error;
  }
}

/**
 * A measured value for people, rounded to the worse side: 79.996 % is 79.99 %, and never looks as if it kept a bound
 * that it breaks.
 */
export function formatValue(value: number, { unit, better }: Pick<Metric, "unit" | "better">): string {
  return formatQuantity(rounded(value, better), unit);
}

/** A number as a person would write it in a rule. */
export function formatQuantity(value: number, unit: Unit): string {
  switch (unit) {
    case "percent":
      return `${shortest(value)} %`;
    case "count":
      return value.toLocaleString("en");
    case "rate":
      return `${shortest(value)}/s`;
    case "duration":
      return formatTime(value);
    case "bytes":
      return formatSize(value);
  }
}

/** The change from one value to another, with its sign; percentages in points. */
export function formatChange(change: number, unit: Unit): string {
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  const size = Math.abs(change);
  return `${sign}${unit === "percent" ? `${shortest(size)} points` : formatQuantity(size, unit)}`;
}

function rounded(value: number, better: Metric["better"]): number {
  // A hair of binary fraction must not cost a hundredth.
  const hundredths = Number((value * 100).toPrecision(12));
  if (better === "higher") return Math.floor(hundredths) / 100;
  return better === "lower" ? Math.ceil(hundredths) / 100 : value;
}

function shortest(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** As exact as a rule can be, under a minute: 500.4 ms is over a limit of 500 ms, and has to look so. */
function formatTime(ms: number): string {
  if (ms < 1_000) return `${shortest(ms)} ms`;
  return ms < 60_000 ? `${Number((ms / 1_000).toFixed(3))} s` : formatDuration(ms);
}

/** Three decimals, so that a bundle that is 10 bytes over its budget does not look as large as that. */
function formatSize(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  const [size, name] = bytes < 1e6 ? [1e3, "kB"] : bytes < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${String(Number((bytes / Number(size)).toFixed(3)))} ${name}`;
}
