import { execFile } from "node:child_process";
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findOffsets, writeOffsets } from "../../actions/db-restore/src/archive-offsets.ts";
import { Growth } from "../../actions/db-restore/src/growing-file.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { MAJORS_WITH_FORMATS, programsOf, serverAndPrograms } from "../support/postgres-programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { inDatabase, makeBackup } from "./backup.ts";

const run = promisify(execFile);

for (const major of MAJORS_WITH_FORMATS) {
  describe(`positions in an archive of pg_dump ${major}`, needs(...serverAndPrograms(major)), () => {
    let server: Postgres;
    let archive: string;
    beforeAll(async () => {
      server = await startPostgres({ major });
      await server.query("create database shop");
      await inDatabase(server, "shop", async (client) => {
        await client.query(
          "create table empty (a int); create table wide as select repeat('x', 3000000) as a",
        );
        await client.query("create table many as select n, md5(n::text) from generate_series(1, 60000) n");
        await client.query(
          "select lo_from_bytea(0, decode(repeat('ab', 9000), 'hex')) from generate_series(1, 3)",
        );
        await client.query("create view seen as select * from many; create index on many (n)");
      });
      const made = { server, major, database: "shop", directory: makeTempDir("backups").path } as const;
      archive = (await makeBackup({ ...made, compression: "none" })).location;
    });
    afterAll(() => server.stop());

    const pgRestore = async (...args: string[]) => {
      const options = { env: { PATH: process.env["PATH"] }, maxBuffer: 2 ** 28 };
      return (await run(path.join(programsOf(major), "pg_restore"), args, options)).stdout;
    };
    const copy = (): string => {
      const temp = makeTempDir("offsets");
      onTestFinished(() => temp.remove());
      const file = path.join(temp.path, "archive");
      writeFileSync(file, readFileSync(archive));
      return file;
    };
    // The statements that guard psql have a random key in them.
    const text = (sql: string) => sql.replace(/^\\(?:un)?restrict .*$/gm, "");

    it("lead pg_restore to every table and large object, whose content stays what it was", async () => {
      const file = copy();
      await writeOffsets(file, (await findOffsets(file)) ?? []);
      expect(readFileSync(file).equals(readFileSync(archive))).toBe(false);
      expect(await pgRestore("--list", file)).toBe(await pgRestore("--list", archive));
      expect(text(await pgRestore("--file=-", file))).toBe(text(await pgRestore("--file=-", archive)));
      // In another order than that of the archive, so that it has to go where the positions lead.
      const list = `${file}.list`;
      const lines = (await pgRestore("--list", file))
        .split("\n")
        .filter((line) => /TABLE DATA|BLOBS/.test(line));
      expect(lines.length).toBeGreaterThanOrEqual(4);
      writeFileSync(list, lines.toReversed().join("\n"));
      const backwards = text(await pgRestore("--file=-", `--use-list=${list}`, file));
      expect(backwards).toContain("\n60000\t");
      expect(backwards).toContain("x".repeat(3_000_000));
    });

    it("are not found in what is not understood to its last byte", async () => {
      const damages: readonly ((file: string) => void)[] = [
        (file) => truncateSync(file, 4),
        (file) => truncateSync(file, readFileSync(file).length - 1),
        (file) => appendFileSync(file, "\u0001"),
        (file) => writeFileSync(file, "PGDMP".repeat(100)),
        (file) => writeFileSync(file, readFileSync(file).fill(99, 6, 7)),
      ];
      for (const damage of damages) {
        const file = copy();
        damage(file);
        expect(await findOffsets(file)).toBeUndefined();
      }
      const twice = copy();
      await writeOffsets(twice, (await findOffsets(twice)) ?? []);
      expect(await findOffsets(twice)).toBeUndefined();
    });

    it("are found while it is written, wherever the writer pauses, and not in what is never finished", async () => {
      const bytes = readFileSync(archive);
      const expected = await findOffsets(archive);
      expect(expected).not.toHaveLength(0);
      for (const finished of [true, false]) {
        const temp = makeTempDir("offsets");
        onTestFinished(() => temp.remove());
        const file = path.join(temp.path, "archive");
        writeFileSync(file, "");
        const growth = new Growth();
        const searching = findOffsets(file, growth);
        for (let at = 0, size = 1; at < bytes.length; at += size, size = Math.ceil(size * 1.3)) {
          appendFileSync(
            file,
            bytes.subarray(at, finished ? at + size : Math.min(at + size, bytes.length - 1)),
          );
          growth.grown();
          await new Promise(setImmediate);
        }
        growth.end(true);
        expect(await searching).toEqual(finished ? expected : undefined);
      }
      const growth = new Growth();
      const searching = findOffsets(archive, growth);
      growth.end(false);
      expect(await searching).toBeUndefined();
    });
  });
}
