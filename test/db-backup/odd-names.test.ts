import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { encodeSegment } from "../../shared/storage/keys.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { S3_KEYS, startS3 } from "../support/s3/server.ts";
import { backup, failuresOf, folder, manifestIn } from "./backup.ts";

const NAMES = [
  `we"ird 'näme; $(touch x) %41/.. \\`,
  "dbname=postgres host=elsewhere.invalid",
  "-Fp",
  "日本 🐘",
  ".hidden",
  "Shop",
  "postgres://ro:x@elsewhere.invalid/db",
];

describe("names that mean something elsewhere", needs("postgres-15"), () => {
  let server: Postgres;
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  beforeAll(async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", S3_KEYS.AWS_ACCESS_KEY_ID);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", S3_KEYS.AWS_SECRET_ACCESS_KEY);
    server = await startPostgres({ major: 15 });
    // A copy of this one, which has tables of such names itself.
    await server.query(
      NAMES.map((name) => {
        const table = `${quoted(`s ${name}`)}.${quoted(name)}`;
        return `create schema ${quoted(`s ${name}`)}; create table ${table} (${quoted(name)} text); insert into ${table} values (E'\\\\.'), ('COPY x FROM stdin;');`;
      }).join("\n"),
    );
    await server.query("create database source template postgres");
    for (const name of NAMES) await server.query(`create database ${quoted(name)} template source`);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.stop();
  });

  test("are names of databases, schemas, tables and columns like any other", {
    timeout: 90_000,
  }, async () => {
    for (const name of some(3, NAMES)) await isLikeAnyOther(name);
  });

  async function isLikeAnyOther(name: string): Promise<void> {
    const destination = folder(`back ups, ${name === "-Fp" ? "ü" : "x"}`).path;
    const s3 = await startS3();
    try {
      const ran = await backup({
        ...{ "db-host": server.host, "db-port": String(server.port), "db-user": server.user },
        ...{ "db-password": server.password, "db-name": name },
        ...{ destination: `${destination}\ns3://backups/x`, "s3-endpoint": s3.endpoint },
      });
      expect(ran.outcome.failures).toEqual([]);
      const manifest = manifestIn(destination, ran);
      expect(manifest.database).toBe(name);
      expect(manifest.object.key.startsWith(`${encodeSegment(name)}/`)).toBe(true);
      expect(manifest.tables).toEqual(
        NAMES.map((each) => ({ schema: `s ${each}`, name: each, rows: 2 })).sort((a, b) =>
          a.schema < b.schema ? -1 : 1,
        ),
      );
      expect([...s3.bucket.objects.keys()]).toHaveLength(2);
    } finally {
      await s3.stop();
    }
  }
});

describe("5,000 tables", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 15, config: ["max_locks_per_transaction = 1000"] });
    await server.query(`
      do $$ begin
        for number in 1..5000 loop
          execute format('create table %I (id int); insert into %1$I values (%s)', 'table ' || number, number);
        end loop;
      end $$`);
  }, 60_000);
  afterAll(() => server?.stop());

  test("are all counted, dumped and proven", { timeout: 90_000 }, async () => {
    const destination = folder().path;
    const ran = await backup({ "database-url": server.url, destination });
    expect(ran.outcome.failures).toEqual([]);
    expect(ran.outcome.outputs).toMatchObject({ tables: 5000, rows: 5000, verified: "archive" });
    expect(manifestIn(destination, ran).tables.every(({ rows }) => rows === 1)).toBe(true);
  });

  test("none of which may be read are all named in one error of bearable length", async () => {
    await server.query("create role nobody login password 'nobody123'");
    const url = server.url.replace(/\/\/[^@]*@/, "//nobody:nobody123@");
    const failures = await failuresOf(backup({ "database-url": url, destination: folder().path }));
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).toMatch(/5000 tables/);
    expect(failures[0]?.hint).toMatch(/GRANT/);
    expect(`${failures[0]?.message}${failures[0]?.hint}`.length).toBeLessThan(20_000);
  });
});
