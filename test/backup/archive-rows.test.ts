import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countArchive, tableKey } from "../../shared/backup/archive-rows.ts";
import { CONTENT } from "../db-backup/content.ts";
import { runs } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { MAJORS_WITH_FORMATS, programsOf, serverAndPrograms } from "../support/postgres-programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const run = promisify(execFile);

/** Gives an archive in pieces of the sizes, again and again. */
function count(archive: Buffer, sizes: readonly number[] = [archive.length]) {
  let [at, turn] = [0, 0];
  return countArchive(async () => {
    if (at >= archive.length) return undefined;
    const size = sizes[turn++ % sizes.length] ?? 1;
    // A copy that changes afterwards: what was given may be used again.
    const piece = Buffer.from(archive.subarray(at, at + size));
    at += size;
    return piece;
  });
}

for (const major of MAJORS_WITH_FORMATS) {
  describe(`the rows of an archive of pg_dump ${major}`, needs(...serverAndPrograms(major)), () => {
    let server: Postgres;
    let archive: Buffer;
    const live = new Map<string, number>();
    beforeAll(async () => {
      server = await startPostgres({ major, config: ["max_connections = 50"] });
      await server.query(CONTENT);
      // Rows that look like what ends a table, rows of nothing, rows longer than a piece, and awkward names.
      await server.query(`
        create schema "sch;ema \n x";
        create table "sch;ema \n x"."COPY ""x"" FROM stdin;" (v text);
        insert into "sch;ema \n x"."COPY ""x"" FROM stdin;"
          select v from unnest(array[E'\\\\.', '', E'a\\nb', E'\\n\\\\.\\n', 'COPY x FROM stdin;', null]) v;
        create table wide as select repeat('x', 300000) as v from generate_series(1, 3);
        create table many as select n from generate_series(1, 5000) n;
      `);
      archive = await dump();
      const tables = await server.query(
        "select schemaname as schema, relname as name from pg_stat_user_tables",
      );
      for (const { schema, name } of tables as { schema: string; name: string }[]) {
        const quoted = [schema, name].map((each) => `"${each.replaceAll('"', '""')}"`).join(".");
        const [row] = await server.query(`select count(*)::int as n from only ${quoted}`);
        live.set(tableKey(schema, name), Number(row?.["n"]));
      }
    });
    afterAll(() => server.stop());

    async function dump(...args: string[]): Promise<Buffer> {
      const temp = makeTempDir("archive");
      const file = path.join(temp.path, "archive");
      const { port, password, user } = server;
      const env = { PGHOST: "127.0.0.1", PGPORT: String(port), PGUSER: user, PGPASSWORD: password };
      await run(path.join(programsOf(major), "pg_dump"), ["-Fc", "-Z0", ...args, "-f", file, "postgres"], {
        env: { PATH: process.env["PATH"], ...env },
      });
      const bytes = readFileSync(file);
      temp.remove();
      return bytes;
    }

    it("are counted table by table as they are there, and large objects too", async () => {
      const content = await count(archive);
      for (const [table, rows] of content.rows) expect([table, rows]).toEqual([table, live.get(table)]);
      expect(content.rows.get(tableKey("public", "many"))).toBe(5000);
      expect(content.rows.get(tableKey("sch;ema \n x", 'COPY "x" FROM stdin;'))).toBe(6);
      expect(content.largeObjects).toBe(2);
    });

    it("are the same however its bytes come", async () => {
      const whole = await count(archive);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 }),
          async (sizes) => {
            expect(await count(archive, sizes)).toEqual(whole);
          },
        ),
        { numRuns: runs(5, 100) },
      );
    });

    it("are not told of one that was cut, that goes on, or that pg_dump compressed", async () => {
      const cuts = fc.integer({ min: 0, max: archive.length - 1 });
      await fc.assert(
        fc.asyncProperty(cuts, async (at) => {
          const cut = await count(archive.subarray(0, at)).then(
            // Cut between two blocks of data, it has fewer of them.
            ({ rows }) => rows.size < live.size,
            (error: Error) => error.name === "UnexpectedForm",
          );
          expect(cut).toBe(true);
        }),
        { numRuns: runs(20, 500) },
      );
      await expect(count(Buffer.concat([archive, Buffer.from("\u0001")]))).rejects.toThrow("ends early");
      await expect(count(await dump("-Z6"))).rejects.toThrow("compression");
    });
  });
}
