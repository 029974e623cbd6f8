import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Catalog, Kind } from "../../../shared/postgres/catalog/model.ts";
import { unpack } from "../../../shared/postgres/catalog/packed.ts";
import { isSnapshot, parseSnapshot, writeSnapshot } from "../../../shared/postgres/catalog/snapshot.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { runs } from "../../support/effort.ts";

const catalog: Catalog = catalogOf([
  ["table", "public.orders", "owner app\ngrant reader SELECT\ncolumns id, total"],
  ["column", "public.orders.total", "type numeric(10,2)\nnot-null yes\ndefault 0"],
  ["column", "public.orders.id", "type bigint\nnot-null yes\nidentity always"],
  ["index", "public.orders_total", "on public.orders\ndefinition btree (total)"],
  ["sequence", "public.orders_id_seq", "owned-by public.orders.id\nidentity yes"],
  ["schema", "public", "owner pg_database_owner\ngrant PUBLIC USAGE"],
  [
    "function",
    "public.f()",
    "owner app\nresult integer\nlanguage plpgsql\nbody \n\tbegin\n\t\n\t  return 1;\n\tend",
  ],
]);

const TEXT = `PostgreSQL schema snapshot, format 1
  server 15

schema public
  owner pg_database_owner
  grant PUBLIC USAGE

table public.orders
  owner app
  grant reader SELECT
  columns id, total
column public.orders.id
  type bigint
  not-null yes
  identity always
sequence public.orders_id_seq
  owned-by public.orders.id
  identity yes
column public.orders.total
  type numeric(10,2)
  not-null yes
  default 0
index public.orders_total
  on public.orders
  definition btree (total)

function public.f()
  owner app
  result integer
  language plpgsql
  body${" "}
\tbegin
\t
\t  return 1;
\tend

end of snapshot
`;

test("a snapshot is sorted, and has parts behind their wholes", () => {
  expect(writeSnapshot(catalog)).toBe(TEXT);
  expect(isSnapshot(TEXT)).toBe(true);
  expect(isSnapshot("create table t ();")).toBe(false);
});

test("the text does not depend on the order in which objects came", () => {
  const reversed = new Map(
    [...catalog.objects].reverse().map(([kind, named]) => [kind, new Map([...named].reverse())]),
  );
  expect(writeSnapshot({ ...catalog, objects: reversed })).toBe(TEXT);
});

test("what was written is read, whatever names and values are", () => {
  const value = fc.string({ unit: "binary", maxLength: 30 }).map((text) => text.replaceAll("\0", ""));
  const lines = fc.string({
    unit: fc.constantFrom("\n", "\t", " ", "a", "\r", '"', "\\", ":"),
    maxLength: 20,
  });
  fc.assert(
    fc.property(fc.oneof(value, lines), fc.oneof(value, lines), (name, body) => {
      const named = `public.${JSON.stringify(name)}`;
      const packed = `owner app\nbody ${body.replaceAll("\n", "\n\t")}`;
      const one = catalogOf([["function", named, packed]]);
      const two = parseSnapshot(writeSnapshot(one), "schema.txt");
      expect(unpack("function", named, two.objects.get("function")?.get(named) ?? "")).toEqual(
        unpack("function", named, packed),
      );
    }),
    { numRuns: runs(200, 20_000) },
  );
});

test("nothing in it is invisible, or changes how its line looks", () => {
  const text = writeSnapshot(
    catalogOf([["view", 'public."a\u202eb"', "definition select '\u0007\u200b\u{e0001}'"]]),
  );
  expect(text).toMatch(/^[\n\x20-\x7e]+$/);
  expect(parseSnapshot(text, "f").objects.get("view")?.get('public."a\u202eb"')).toContain("\u{e0001}");
});

test("what the role could not read is written down", () => {
  const partial = { ...catalog, unreadable: new Set(["subscription.connection"]) };
  expect(parseSnapshot(writeSnapshot(partial), "f").unreadable).toEqual(new Set(["subscription.connection"]));
});

test("carriage returns of a checkout, and blanks that an editor took away, do no harm", () => {
  const body = catalogOf([["function", "public.f()", "owner app\nbody begin\n\t\n\tend"]]);
  const text = writeSnapshot(body);
  expect(parseSnapshot(text.replaceAll("\n", "\r\n"), "f").objects).toEqual(body.objects);
  expect(parseSnapshot(text.replace(/[ \t]+$/gm, ""), "f").objects).toEqual(body.objects);
});

describe("is refused with its line", () => {
  const broken: readonly (readonly [what: string, text: string, line: number, message: RegExp])[] = [
    ["a newer format", TEXT.replace("format 1", "format 2"), 1, /format 2, and this version reads format 1/],
    ["another file", "hello\n", 1, /no snapshot/],
    ["no version of the server", TEXT.replace("  server 15\n", ""), 1, /version of its server/],
    ["an unknown kind", TEXT.replace("schema public", "schemes public"), 4, /no kind of object/],
    ["an unknown property", TEXT.replace("  owner pg", "  ower pg"), 5, /a schema has no property ower/],
    [
      "a conflict of git",
      TEXT.replace("table public.orders\n", "<<<<<<< HEAD\ntable public.orders\n"),
      8,
      /no kind/,
    ],
    ["an object that is there twice", TEXT.replace("end of", "schema public\n\nend of"), 37, /a second time/],
    [
      "broken JSON",
      TEXT.replace("owner app\n  result", 'owner: "app\n  result'),
      28,
      /value is not understood/,
    ],
    ["a text that was cut off", TEXT.slice(0, -20), 35, /cut off/],
    ["a text that goes on behind its end", `${TEXT}schema other\n`, 39, /cut off/],
    ["a line that is none", TEXT.replace("  owner app", "  Owner"), 9, /not understood/],
  ];
  test.each(broken)("%s", (_, text, line, message) => {
    let thrown: unknown;
    try {
      parseSnapshot(text, "schema.txt");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UserError);
    const { message: said, hint, where } = thrown as UserError;
    expect(said).toMatch(message);
    expect(where).toEqual({ file: "schema.txt", line });
    expect(hint).not.toBe("");
  });
});

function catalogOf(objects: readonly (readonly [Kind, string, string])[]): Catalog {
  const kinds = new Map<Kind, Map<string, string>>();
  for (const [kind, name, packed] of objects) {
    kinds.set(kind, (kinds.get(kind) ?? new Map<string, string>()).set(name, packed));
  }
  return { server: { major: 15, full: "15" }, objects: kinds, unreadable: new Set() };
}
