import { critical, first, major, type PropertyRule } from "./rule.ts";

// From the narrowest to the widest: whatever fits one fits all that follow.
const FAMILIES: readonly (readonly string[])[] = [
  ["smallint", "integer", "bigint", "numeric"],
  ["real", "double precision"],
  ["character varying", "text"],
];

/** `numeric(12,2)`, `character varying(20)`; without a length there is no limit. */
type Parsed = { readonly base: string; readonly length: number | undefined; readonly scale: number };

/**
 * What it means that a column has another type. Wider is a change of behaviour at most; narrower, or of another family,
 * refuses, cuts or reinterprets values that the application writes.
 */
export const typeChange: PropertyRule = ({ expected, actual }) =>
  isWider(parse(first(expected)), parse(first(actual)))
    ? major("The type is wider than it should be: values get in that nothing else expects.")
    : critical("The type is narrower, or of another family: writes fail, or values mean something else.");

function isWider(should: Parsed, is: Parsed): boolean {
  if (should.base !== is.base) {
    const family = FAMILIES.find((names) => names.includes(should.base)) ?? [];
    return is.length === undefined && family.indexOf(is.base) > family.indexOf(should.base);
  }
  if (is.length === undefined) return true;
  // numeric(10,2) has eight digits before the point, and numeric(12,4) has as many.
  const digits = is.length - is.scale >= (should.length ?? Number.POSITIVE_INFINITY) - should.scale;
  return digits && is.scale >= should.scale;
}

function parse(type = ""): Parsed {
  const [, before = type, length, scale = "0", after = ""] =
    /^([^(]*)\((\d+)(?:,(-?\d+))?\)(.*)$/.exec(type) ?? [];
  return {
    base: `${before}${after}`.trim(),
    length: length === undefined ? undefined : Number(length),
    scale: Number(scale),
  };
}
