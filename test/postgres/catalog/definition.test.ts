import { expect, test } from "vitest";
import type { Kind } from "../../../shared/postgres/catalog/model.ts";
import { unpack } from "../../../shared/postgres/catalog/packed.ts";

const cases: readonly (readonly [
  kind: Kind,
  definition: string,
  parts: Record<string, string | string[]>,
])[] = [
  ["primary key", "PRIMARY KEY (a, b)", { columns: "(a, b)" }],
  [
    "unique constraint",
    `UNIQUE NULLS NOT DISTINCT (a, "b)c") INCLUDE (d, "e, f") DEFERRABLE INITIALLY DEFERRED`,
    {
      columns: `(a, "b)c")`,
      include: ["d", `"e, f"`],
      "nulls-not-distinct": "yes",
      "initially-deferred": "yes",
      deferrable: "yes",
    },
  ],
  ["check constraint", "CHECK ((a > 0)) NOT VALID", { expression: "(a > 0)", valid: "no" }],
  [
    "check constraint",
    "CHECK ((a <> ' NOT VALID'::text)) NO INHERIT",
    { expression: "(a <> ' NOT VALID'::text)", "no-inherit": "yes" },
  ],
  ["check constraint", "CHECK ((a > 0)) NOT ENFORCED", { expression: "(a > 0)", enforced: "no" }],
  ["foreign key", "FOREIGN KEY (a) REFERENCES public.p(id)", { columns: "(a)", references: "public.p(id)" }],
  [
    "foreign key",
    `FOREIGN KEY (a, b) REFERENCES public."x ON DELETE CASCADE"(c, d) MATCH FULL ON UPDATE SET DEFAULT ON DELETE SET NULL (a) DEFERRABLE NOT VALID`,
    {
      columns: "(a, b)",
      references: `public."x ON DELETE CASCADE"(c, d)`,
      match: "full",
      "on-update": "set default",
      "on-delete": "set null (a)",
      deferrable: "yes",
      valid: "no",
    },
  ],
  [
    "exclusion constraint",
    "EXCLUDE USING gist (a WITH =, during WITH &&) WHERE ((NOT gone)) DEFERRABLE",
    { method: "gist", columns: "(a WITH =, during WITH &&)", predicate: "((NOT gone))", deferrable: "yes" },
  ],
  [
    "index",
    `btree (lower(b) DESC, ((c ->> ') WHERE ('::text))) INCLUDE (d) WITH (fillfactor='70', deduplicate_items=off) WHERE (b IS NOT NULL)`,
    {
      method: "btree",
      columns: "(lower(b) DESC, ((c ->> ') WHERE ('::text)))",
      include: ["d"],
      predicate: "(b IS NOT NULL)",
      option: ["deduplicate_items=false", "fillfactor=70"],
    },
  ],
  [
    "index",
    "gin (b gin_trgm_ops (siglen='32'))",
    { method: "gin", columns: "(b gin_trgm_ops (siglen='32'))" },
  ],
];

test.each(cases)("a %s, %s, is taken apart", (kind, definition, parts) => {
  const { properties } = unpack(kind, "x", `definition ${definition}`);
  const wanted = Object.entries(parts).map(([property, value]) => [property, [value].flat()]);
  expect(Object.fromEntries(properties)).toEqual(Object.fromEntries(wanted));
});
