import { describe, expect, it } from "vitest";
import { withoutExtensions } from "../../actions/db-restore/src/toc.ts";

describe("the contents of an archive without some of its extensions", () => {
  const lines = [
    "2; 3079 1 EXTENSION - pg_cron ",
    "90; 0 0 COMMENT - EXTENSION pg_cron ",
    "3; 3079 2 EXTENSION - postgis ",
    "91; 0 0 COMMENT - EXTENSION postgis ",
    "4; 1259 3 TABLE DATA rows maker",
    "5; 1259 4 SEQUENCE DATA rows_seq maker",
    "92; 0 3 TABLE DATA DATA rows maker",
    "93; 0 0 SEQUENCE SET DATA rows_seq maker",
    "94; 0 5 TABLE DATA cron job maker",
    "95; 0 0 SEQUENCE SET cron jobid_seq maker",
    "96; 0 6 TABLE DATA public spatial_ref_sys maker",
  ];
  const text = lines.join("\n");
  const rows = 1;
  const [cron, spatial, own] = [
    { schema: "cron", name: "job", rows, extension: "pg_cron" },
    { schema: "public", name: "spatial_ref_sys", rows, extension: "postgis" },
    { schema: "DATA", name: "rows", rows, extension: undefined },
  ] as const;
  const extensions = ["pg_cron", "postgis", "plpgsql"].map((name) => ({
    name,
    version: "1",
    schema: "public",
  }));
  const without = (names: readonly string[], uncommented: readonly string[], told = true) => {
    const tables = [cron, spatial, own].map(({ extension, ...table }) =>
      told && extension !== undefined ? { ...table, extension } : table,
    );
    const left = withoutExtensions(text, { extensions: names, uncommented }, { tables, extensions });
    const out = left.text
      .split("\n")
      .flatMap((line, at) => (line === lines[at] ? [] : [Number.parseInt(line.slice(1), 10)]));
    return [out, left.tables.map(({ name }) => name)];
  };

  it("lack rows of their tables, and no others", () => {
    expect(without(["pg_cron"], [])).toEqual([[2, 90, 94, 95], ["job"]]);
    expect(without(["pg_cron", "postgis"], [])).toEqual([
      [2, 90, 3, 91, 94, 95, 96],
      ["job", "spatial_ref_sys"],
    ]);
  });

  it("keep all rows where the backup does not tell whose they are, unless no extension remains", () => {
    expect(without(["pg_cron"], [], false)).toEqual([[2, 90], []]);
    expect(without(["pg_cron", "postgis"], [], false)).toEqual(without(["pg_cron", "postgis"], []));
  });

  it("lack no more than the comments of those that belong to others", () => {
    expect(without([], ["postgis"])).toEqual([[91], []]);
    expect(without([], [])).toEqual([[], []]);
  });
});
