import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mistakes } from "../support/in-process.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { newDatabase } from "./databases.ts";
import { drift as driftBy } from "./drift.ts";
import { type ScratchServer, startScratchServer } from "./scratch-server.ts";

const ONE = "create table orders (id int primary key, total numeric not null);";
const TWO = "create index orders_total on orders (total); alter table orders add note text;";
const THREE = "create table later (id int);";

describe("the source of truth", needs("postgres-18"), () => {
  let server: Postgres;
  let scratch: ScratchServer;
  let folder: TempDir;
  beforeAll(async () => {
    [server, scratch] = await Promise.all([startPostgres({ major: 18 }), startScratchServer()]);
  });
  beforeEach(() => {
    folder?.remove();
    folder = makeTempDir("baseline");
  });
  afterAll(async () => {
    folder?.remove();
    await Promise.all([server?.stop(), scratch?.stop()]);
  });
  const drift: typeof driftBy = (inputs, options = {}) => driftBy(inputs, { scratch, ...options });
  const file = (name: string, text: string): string => {
    const place = path.join(folder.path, name);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text);
    return place;
  };

  describe("a snapshot", () => {
    it("that was written of a database is what it should be, until something changes", async () => {
      const database = await newDatabase(server, ONE + TWO);
      const inputs = {
        "database-url": database.url,
        "baseline-file": path.join(folder.path, "schema.snapshot"),
      };
      const written = await drift({ ...inputs, "update-baseline": "true" });
      expect(written.outcome).toMatchObject({ result: "written", failures: [] });
      expect((await drift(inputs, { scratch: 0 })).outcome.result).toBe("clean");
      const text = readFileSync(inputs["baseline-file"], "utf8");
      await drift({ ...inputs, "update-baseline": "true" });
      expect(readFileSync(inputs["baseline-file"], "utf8")).toBe(text);

      await database.query("drop index orders_total");
      expect((await drift(inputs)).told).toEqual([
        "index public.orders_total: SD-INDEX-MISSING major missing",
      ]);
    });

    it("of a newer format is refused, and one that was cut off, with its line", async () => {
      const database = await newDatabase(server, ONE);
      const place = path.join(folder.path, "schema.snapshot");
      const inputs = { "database-url": database.url, "baseline-file": place };
      await drift({ ...inputs, "update-baseline": "true" });
      const text = readFileSync(place, "utf8");
      writeFileSync(place, text.replace(/\d+/, "99"));
      expect((await mistakes(drift(inputs)))[0]?.message).toMatch(/99/);
      writeFileSync(place, text.slice(0, text.length / 2));
      expect((await mistakes(drift(inputs)))[0]?.where).toMatchObject({ file: place });
    });
  });

  describe("SQL", () => {
    it("as pg_dump and Rails write it is loaded, also by many statements in odd forms", async () => {
      const sql = `\\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
/* a ; comment /* within */ another ; */
CREATE FUNCTION public.odd(a integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC
  SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END; SELECT 3;
END;
CREATE FUNCTION public.quoted() RETURNS text LANGUAGE plpgsql AS $q$ begin return ';'; end; $q$;
CREATE TABLE public."semi;colon" (id integer, note text DEFAULT 'it''s; here', e text DEFAULT E'a\\';b');
CREATE INDEX CONCURRENTLY i ON public."semi;colon" (id);
INSERT INTO public."semi;colon" (id) VALUES
('1'),
('2');
\\unrestrict abc
-- the end;
`;
      const database = await newDatabase(server, sql.replace(/^\\.*$/gm, "").replace("CONCURRENTLY ", ""));
      const inputs = { "database-url": database.url, "baseline-file": file("structure.sql", sql) };
      expect((await drift(inputs)).told).toEqual([]);
      await database.query("drop function public.odd");
      expect((await drift(inputs)).told).toEqual([
        "function public.odd(integer): SD-FUNCTION-MISSING critical missing",
      ]);
    });

    it.each([
      [
        "does not load",
        "create table a (id int);\n\ncreate table b (\n  id int,\n  c missing_type\n);\n",
        5,
        /missing_type/,
      ],
      ["is no SQL", "create table a (id int);\nnonsense here;\n", 2, /syntax error/],
      ["has data", "create table a (id int);\nCOPY a (id) FROM stdin;\n1\n\\.\n", 2, /data follow/],
      ["has commands of psql", "create table a (id int);\n\\i other.sql\n", 2, /command of psql/],
    ])("that %s is refused with the line", async (_title, sql, line, message) => {
      const database = await newDatabase(server, ONE);
      const place = file("structure.sql", sql);
      const [mistake] = await mistakes(drift({ "database-url": database.url, "baseline-file": place }));
      expect(mistake?.where).toEqual({ file: place, line });
      expect(mistake?.message).toMatch(message);
    });

    it("with roles that only the database has is loaded on a temporary server", async () => {
      await server.query("drop role if exists reader; create role reader");
      const sql = `${ONE} grant select on orders to reader;`;
      const database = await newDatabase(server, sql);
      const inputs = { "database-url": database.url, "baseline-file": file("a.sql", sql) };
      expect((await driftBy(inputs, { scratch: 18 })).told).toEqual([]);
      await database.query("revoke select on orders from reader; grant insert on orders to reader");
      expect((await driftBy(inputs, { scratch: 18 })).told).toEqual([
        "table public.orders: SD-TABLE-GRANT critical looser",
      ]);
      expect((await mistakes(drift(inputs)))[0]?.hint).toMatch(/a scratch-url needs them already/);
    });
  });

  describe("migrations", () => {
    const prisma = (): string => {
      file("m/20260101_one/migration.sql", ONE);
      file("m/20260102_two/migration.sql", TWO);
      file("m/20260103_three/migration.sql", THREE);
      return path.join(folder.path, "m");
    };
    const PRISMA = `create table _prisma_migrations (migration_name text, started_at timestamptz default clock_timestamp(),
      finished_at timestamptz default now(), rolled_back_at timestamptz);`;

    it("are replayed up to the recorded version; the rest is pending and no drift", async () => {
      const database = await newDatabase(
        server,
        `${ONE} ${TWO} ${PRISMA} insert into _prisma_migrations (migration_name) values ('20260101_one'), ('20260102_two')`,
      );
      const inputs = { "database-url": database.url, preset: "prisma", migrations: prisma() };
      const { outcome, told } = await drift(inputs);
      expect(told).toEqual([]);
      expect(outcome).toMatchObject({ result: "clean", outputs: { pending: 1, drift: false } });
      expect(outcome.details["pending"]).toEqual({ count: 1, names: ["20260103_three"] });
      expect((await drift({ ...inputs, "up-to": "latest" })).told).toEqual([
        "table public.later: SD-TABLE-MISSING critical missing",
      ]);
      await database.query("alter table orders drop note");
      expect((await drift(inputs)).told).toEqual([
        "column public.orders.note: SD-COLUMN-MISSING critical missing",
      ]);
    });

    it("of dbmate are replayed by their parts that migrate up", async () => {
      file("m/001_one.sql", `-- migrate:up\n${ONE}\n-- migrate:down\ndrop table orders;`);
      file(
        "m/002_two.sql",
        `-- migrate:up transaction:false\n${TWO}\n\n-- migrate:down\ndrop index orders_total;`,
      );
      const database = await newDatabase(
        server,
        `${ONE} create table schema_migrations (version text primary key); insert into schema_migrations values ('001');
         create table schema_migrations_old (version text)`,
      );
      const inputs = {
        "database-url": database.url,
        preset: "dbmate",
        migrations: path.join(folder.path, "m"),
      };
      const { told, outcome } = await drift(inputs);
      // A table of the user's own, whatever its name begins with.
      expect(told).toEqual(["table public.schema_migrations_old: SD-TABLE-UNEXPECTED major unexpected"]);
      expect(outcome.outputs["pending"]).toBe(1);
    });

    it("in Flyway's naming go by their versions as numbers, repeatable ones last", async () => {
      file("m/V2__two.sql", TWO);
      file("m/V1__one.sql", ONE);
      file("m/V10__three.sql", THREE);
      file("m/R__view.sql", "create view all_of as select id from later;");
      const database = await newDatabase(
        server,
        `${ONE} ${TWO} ${THREE} create view all_of as select id from later;
         create table flyway_schema_history (installed_rank int, version text, script text, type text, success bool);
         insert into flyway_schema_history values (1, '1', 'V1__one.sql', 'SQL', true), (2, '2', 'V2__two.sql', 'SQL', true),
           (3, '10', 'V10__three.sql', 'SQL', true), (4, null, 'R__view.sql', 'SQL', true)`,
      );
      const { told, outcome } = await drift({
        "database-url": database.url,
        preset: "flyway",
        migrations: path.join(folder.path, "m"),
      });
      expect(told).toEqual([]);
      expect(outcome.outputs["pending"]).toBe(0);
    });

    it("that the checkout does not have are an error, as are none at all, and a version nobody may read", async () => {
      const database = await newDatabase(
        server,
        `${ONE} ${PRISMA} insert into _prisma_migrations (migration_name) values ('20260101_one'), ('20250101_gone')`,
      );
      const inputs = { "database-url": database.url, preset: "prisma", migrations: prisma() };
      expect((await mistakes(drift(inputs)))[0]?.message).toMatch(/20250101_gone/);
      expect((await mistakes(drift({ ...inputs, migrations: folder.path })))[0]?.message).toMatch(
        /no migration in/,
      );
      expect((await mistakes(drift({ ...inputs, preset: "alembic", migrations: "" })))[0]?.message).toMatch(
        /no table alembic_version/,
      );

      await server.query("drop role if exists blind; create role blind login password 'blind'");
      const blind = database.url.replace(/\/\/[^@]*@/, "//blind:blind@");
      expect((await mistakes(drift({ ...inputs, "database-url": blind })))[0]?.hint).toMatch(/GRANT SELECT/);
    });

    it("of a command of one's own run with the scratch database as the only address they know", async () => {
      const database = await newDatabase(
        server,
        `${ONE} create table version (v int); insert into version values (7)`,
      );
      const script = `${ONE} create table version (v int);`;
      const place = file("up.sql", script);
      const inputs = {
        "database-url": database.url,
        "baseline-command": `env > '${folder.path}/env'; node -e '
          const { Client } = require("pg");
          const client = new Client({ connectionString: process.env.DATABASE_URL });
          client.connect().then(() => client.query(require("fs").readFileSync("${place}", "utf8"))).then(() => client.end())'`,
        "version-query": "select v from version",
        "baseline-env": "NODE_PATH",
      };
      const env = {
        NODE_PATH: path.resolve("node_modules"),
        PATH: process.env["PATH"] ?? "",
        DATABASE_URL: database.url,
        PGHOST: "production.example",
        SECRET_KEY: "hidden",
      };
      const { told } = await drift(inputs, { env });
      expect(told).toEqual([]);
      const seen = readFileSync(path.join(folder.path, "env"), "utf8");
      expect(seen).toMatch(/^TARGET_VERSION=7$/m);
      expect(seen).toMatch(/^DATABASE_URL=postgres:\/\/postgres:.*@127\.0\.0\.1:\d+\/scratch_/m);
      expect(seen).not.toMatch(/hidden|production\.example/);
      expect(seen).not.toContain(database.url);
    });

    it("that fail are an error with the end of what they said, and leave no scratch server", async () => {
      const database = await newDatabase(server, ONE);
      const [mistake] = await mistakes(
        drift({
          "database-url": database.url,
          "baseline-command": "echo 'it broke' >&2; exit 3",
          "up-to": "latest",
        }),
      );
      expect(mistake?.message).toMatch(/failed \(exit code 3\)/);
      expect(mistake?.hint).toContain("it broke");
    });
  });
});
