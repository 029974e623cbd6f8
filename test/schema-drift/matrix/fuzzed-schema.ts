import fc from "fast-check";

type Column = { readonly name: string; readonly type: string; readonly rest: string };
type Table = { readonly name: string; readonly columns: readonly Column[]; readonly indexed: boolean };
export type FuzzedSchema = readonly Table[];

/** Names that need quotes, look like SQL, or are as long as names may be. */
const name = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      "select",
      "a.b",
      'a"b',
      "a'b",
      "Ärger",
      " ",
      "\n",
      "\t",
      "(",
      ", ",
      " NOT VALID",
      "$1",
      "%I",
      "\\",
      "é".repeat(31),
    ),
  )
  .map((text) => text.replaceAll("\0", "x").toWellFormed())
  .filter((text) => Buffer.byteLength(text) <= 63);

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  integer: ["0", "-5", "(1 + 2)"],
  "numeric(12,3)": ["0.100", "1e10"],
  text: ["'x'", "'it''s\n\\two'", "upper('a')", "' ON DELETE CASCADE'"],
  "varchar(20)": ["'a'", "'(, '"],
  timestamptz: ["now()", "'2026-01-02 03:04:05+09'"],
  interval: ["'1 day 02:00'"],
  "text[]": ["'{a,\"b,c\"}'", "array['x', 'y']"],
  jsonb: [`'{"a": [1, "b"]}'`],
  bytea: ["'\\x00ff'"],
  "double precision": ["0.1", "'NaN'"],
};

const column = fc
  .tuple(name, fc.constantFrom(...Object.keys(LITERALS)), fc.nat(9), fc.boolean(), fc.boolean())
  .map(([called, type, choice, required, checked]): Column => {
    const literals = LITERALS[type] ?? [];
    const literal = literals[choice % (literals.length + 1)];
    const check =
      checked && literal !== undefined && type !== "jsonb" ? ` check (${quoted(called)} <> ${literal})` : "";
    const fallback = literal === undefined ? "" : ` default ${literal}`;
    return { name: called, type, rest: `${required ? " not null" : ""}${fallback}${check}` };
  });

const table = fc.record({
  name,
  columns: fc.uniqueArray(column, { selector: (each) => each.name, minLength: 2, maxLength: 7 }),
  indexed: fc.boolean(),
});

/** A few tables with odd names, types, defaults, checks and indexes. */
export const fuzzedSchema: fc.Arbitrary<FuzzedSchema> = fc.uniqueArray(table, {
  selector: (each) => each.name,
  minLength: 1,
  maxLength: 5,
});

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

export function createSql(schema: FuzzedSchema): string {
  return schema
    .map(({ name: called, columns, indexed }) => {
      const lines = columns.map((each) => `${quoted(each.name)} ${each.type}${each.rest}`);
      const of = columns.filter(({ type }) => type !== "jsonb").map((each) => quoted(each.name));
      const index = indexed && of.length > 0 ? `create index on ${quoted(called)} (${of.join(", ")});` : "";
      return `create table ${quoted(called)} (${lines.join(", ")}); ${index}`;
    })
    .join("\n");
}
