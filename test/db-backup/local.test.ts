import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { backup, folder, manifestIn } from "./backup.ts";

describe("a backup into a directory", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    await server.query(`
      create table orders (id int primary key, note text);
      insert into orders select i, 'note ' || i || E'\\nsecond line' from generate_series(1, 5000) i;
      create table "we;ird ""name" ("a.b" text);
      insert into "we;ird ""name" values ('COPY public.x FROM stdin;'), (E'\\\\.');
      create table nothing (id int);
      create sequence numbers;
      select lo_from_bytea(0, 'large');
    `);
  });
  afterAll(() => server.stop());

  it("is compressed, hashed, proven row by row, and described by its manifest", async () => {
    const destination = folder();
    const ran = await backup({ "database-url": server.url, destination: destination.path });
    expect(ran.outcome.failures).toEqual([]);
    expect(ran.outcome.outputs).toMatchObject({ tables: 3, rows: 5002, verified: "archive" });
    const manifest = manifestIn(destination.path, ran);
    expect(manifest.tables).toEqual([
      { schema: "public", name: "nothing", rows: 0 },
      { schema: "public", name: "orders", rows: 5000 },
      { schema: "public", name: 'we;ird "name', rows: 2 },
    ]);
    const file = path.join(destination.path, manifest.object.key);
    expect(statSync(file).size).toBe(manifest.object.bytes);
    expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(manifest.object.sha256);
    const archive = execFileSync("zstd", ["-dc", file], { maxBuffer: 2 ** 30 });
    expect(archive.length).toBe(manifest.object.archiveBytes);
    expect(archive.subarray(0, 5).toString()).toBe("PGDMP");
    expect(readdirSync(path.dirname(file))).toHaveLength(2);
    expect(ran.left).toEqual([]);
  });
});
