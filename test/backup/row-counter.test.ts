import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countNewlines } from "../../shared/backup/newlines.ts";
import { RowCounter, tableKey } from "../../shared/backup/row-counter.ts";
import { runs } from "../support/effort.ts";

/** Feeds a text in pieces of the given sizes, again and again. */
function count(text: string, sizes: readonly number[]) {
  const bytes = Buffer.from(text);
  const counter = new RowCounter();
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    counter.push(bytes.subarray(at, at + size));
    at += size;
  }
  return counter.end();
}

const whole = [Number.MAX_SAFE_INTEGER];

/** As COPY writes a value (the manual, COPY, Text Format). */
const copied = (value: string): string =>
  value.replace(
    /[\\\n\r\t]/g,
    (found) => ({ "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" })[found] ?? "",
  );

const hostile = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("\\.", "", "COPY x FROM stdin;", "a;b", "it's", '"', "--", "\n\\.\n", "E'\\'", "$$"),
);
const name = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
    fc.constantFrom("a.b", 'we"ird', "x;y", "two\nlines", "(a) FROM stdin", "--", "it's"),
  )
  .filter((text) => !text.includes("\0"));
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

describe("the rows of an archive", () => {
  it("are counted table by table, however the text is cut into pieces", () => {
    const tables = fc.uniqueArray(
      fc.record({
        schema: name,
        name,
        columns: fc.array(name, { maxLength: 3 }),
        rows: fc.array(hostile, { maxLength: 6 }),
      }),
      { selector: (each) => tableKey(each.schema, each.name), maxLength: 5 },
    );
    const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(tables, pieces, (all, sizes) => {
        const text = all.map(({ schema, name: table, columns, rows }) => {
          const list = columns.length === 0 ? "" : ` (${columns.map(quoted).join(", ")})`;
          const comment = `--\n-- Data for Name: ${table.replace(/\s+/g, " ")}; Type: TABLE DATA\n--\n\n`;
          const set = `SELECT pg_catalog.setval(${literal(quoted(table))}, 1, true);\n\n`;
          const data = rows.map((row) => `${copied(row)}\n`).join("");
          return `${comment}COPY ${quoted(schema)}.${quoted(table)}${list} FROM stdin;\n${data}\\.\n\n\n${set}`;
        });
        const found = count(`SET a = b;\n\\restrict x\n${text.join("")}\\unrestrict x\n`, sizes);
        expect([...found.rows]).toEqual(
          all.map((each) => [tableKey(each.schema, each.name), each.rows.length]),
        );
      }),
      { numRuns: runs(200, 5_000) },
    );
  });

  it.each([
    ["in the middle of a table", "COPY a.b (c) FROM stdin;\n1\n2\n", /has no end/],
    ["before the end of the last line", "COPY a.b (c) FROM stdin;\n1\n\\.", /has no end/],
    ["in the middle of a statement", "SELECT pg_catalog.setval('a', 1", /within a statement/],
  ])("are not believed when the text ends %s", (_name, text, message) => {
    expect(() => count(text, whole)).toThrow(message);
  });

  it.each([
    ["a COPY that is not understood", "COPY nothing;\n", /not understood/],
    ["the same table twice", "COPY a.b FROM stdin;\n\\.\nCOPY a.b FROM stdin;\n\\.\n", /comes twice/],
  ])("are not believed for %s", (_name, text, message) => {
    expect(() => count(text, whole)).toThrow(message);
  });

  it("leave out what only looks like data, in strings with and without escapes", () => {
    const text = `SELECT 'x;\nCOPY a.b FROM stdin;\n', E'it\\'s\nCOPY a.b FROM stdin;\n';\nCOPY a.b FROM stdin;\n\\.\n`;
    expect([...count(text, whole).rows]).toEqual([[tableKey("a", "b"), 0]]);
  });

  it("come with the number of large objects", () => {
    const one =
      "SELECT pg_catalog.lo_open('1', 131072);\nSELECT pg_catalog.lowrite(0, '\\x00');\nSELECT pg_catalog.lo_close(0);\n";
    expect(count(`BEGIN;\n${one}${one}COMMIT;\n`, [7]).largeObjects).toBe(2);
  });
});

describe("countNewlines", () => {
  it("counts as a plain loop does, wherever it begins and ends", () => {
    const bytes = fc.array(fc.constantFrom(0x0a, 0x0b, 0x8a, 0x00, 0xff, 0x61), { maxLength: 70 });
    fc.assert(
      fc.property(bytes, fc.nat(7), fc.nat(80), fc.nat(80), (values, offset, from, to) => {
        const chunk = Buffer.concat([Buffer.alloc(offset), Buffer.from(values)]).subarray(offset);
        const start = Math.min(from, values.length);
        const end = Math.max(start, Math.min(to, values.length));
        expect(countNewlines(chunk, start, end)).toBe(
          values.slice(start, end).filter((byte) => byte === 0x0a).length,
        );
      }),
      { numRuns: runs(500, 20_000) },
    );
  });
});
