import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScratchServer, startScratchServer } from "../schema-drift/scratch-server.ts";
import { locate, needs } from "../support/needs.ts";
import { check, project } from "./check.ts";

const ENV_PY = `
import os
from alembic import context
from sqlalchemy import create_engine, pool
url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg2://", 1)
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
`;

const alembicFile = (id: string, parent: string, up: string, down: string): string =>
  `from alembic import op\nrevision = "${id}"\ndown_revision = ${parent}\n\ndef upgrade():\n    ${up}\n\ndef downgrade():\n    ${down}\n`;

const sql = (text: string): string => `op.execute(${JSON.stringify(text)})`;

/** An Alembic project: revisions by id, each with what stands for down_revision. */
const alembic = (
  revisions: Readonly<Record<string, readonly [parent: string, up: string, down: string]>>,
  env = ENV_PY,
) => ({
  "alembic.ini": "[alembic]\nscript_location = alembic\n",
  "alembic/env.py": env,
  ...Object.fromEntries(
    Object.entries(revisions).map(([id, [parent, up, down]]) => [
      `alembic/versions/${id}.py`,
      alembicFile(id, parent, up, down),
    ]),
  ),
});

describe(
  "real migration tools",
  needs("postgres-18", "python-migrations", "knex", "knex-driver", "dbmate"),
  () => {
    let server: ScratchServer;
    beforeAll(async () => {
      server = await startScratchServer();
    });
    afterAll(() => server?.stop());

    const tried = (files: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>>) => {
      const python = locate("python-migrations");
      const programs = path.join(path.dirname(locate("knex")), ".bin");
      return check(
        {
          "working-directory": project(files),
          "scratch-url": server.url,
          "command-env": "PYTHONPATH,NODE_PATH",
          ...inputs,
        },
        {
          PATH: `${path.join(python, "bin")}:${programs}:${process.env["PATH"] ?? ""}`,
          PYTHONPATH: python,
          NODE_PATH: path.dirname(locate("knex")),
        },
      );
    };

    it("Alembic: finds the enum that survives, and fails on rows; lists what raises NotImplementedError", async () => {
      const files = {
        ...alembic({
          a1: ["None", sql("create table orders (id int primary key)"), sql("drop table orders")],
          b2: [
            '"a1"',
            sql("create type mood as enum ('x'); alter table orders add m mood"),
            sql("alter table orders drop m"),
          ],
          c3: [
            '"b2"',
            sql("alter table orders add note text not null"),
            'raise NotImplementedError("the notes are gone")',
          ],
        }),
        "seed.sql": "insert into orders values (1)",
      };
      const { told, checked, outcome } = await tried(files, {
        preset: "alembic",
        check: "all",
        seed: "seed.sql",
        squawk: "required",
      });
      expect(told).toEqual([
        "MC-DOWN-LEAVES b2: enum public.mood",
        "MC-UP-AGAIN-FAILS b2",
        "MC-UP-FAILS-ON-DATA c3",
      ]);
      expect(checked.at(-1)).toMatchObject({ id: "c3", irreversible: "the notes are gone", empty: "passed" });
      expect(outcome.outputs).toMatchObject({ irreversible: "c3", checked: 3 });
    });

    it("Alembic: walks branches and their merge one by one, and tells several heads from them", async () => {
      const table = (id: string): readonly [string, string] => [
        sql(`create table t_${id} ()`),
        sql(`drop table t_${id}`),
      ];
      const branches = {
        a1: ["None", ...table("a1")],
        b2: ['"a1"', ...table("b2")],
        c3: ['"a1"', ...table("c3")],
      } as const;
      const merged = await tried(alembic({ ...branches, m4: ['("b2", "c3")', "pass", "pass"] }), {
        preset: "alembic",
        check: "all",
      });
      expect(merged).toMatchObject({ told: [], outcome: { result: "passed", outputs: { checked: 4 } } });
      const forked = await tried(alembic(branches), { preset: "alembic" });
      expect(forked.findings).toMatchObject([
        { code: "MC-HEADS", severity: "critical", what: expect.stringContaining("2 heads") },
      ]);
      expect(forked.notChecked.join("\n")).toContain("no one order");
    });

    it("Alembic: squawk sees the SQL of one revision alone, where the table is not new", async () => {
      const files = alembic({
        a1: ["None", sql("create table orders (id bigint primary key)"), sql("drop table orders")],
        b2: ['"a1"', sql("create index by_id on orders (id)"), sql("drop index by_id")],
      });
      expect((await tried(files, { preset: "alembic", squawk: "required" })).told).toEqual([
        "MC-LOCK b2: require-concurrent-index-creation",
      ]);
    });

    it("refuses a project whose settings name another database, before anything is migrated", async () => {
      const elsewhere = ENV_PY.replace(
        'os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg2://", 1)',
        JSON.stringify(server.url.replace("postgres:", "postgresql+psycopg2:")),
      );
      const files = alembic(
        { a1: ["None", sql("create table orders ()"), sql("drop table orders")] },
        elsewhere,
      );
      await expect(tried(files, { preset: "alembic" })).rejects.toThrow(
        "does not connect to the scratch database",
      );
    });

    it("Django: goes through the graph of its apps, names what stays, and lists what cannot be reversed", async () => {
      const migration = (dependencies: string, operations: string): string =>
        `from django.db import migrations, models\nclass Migration(migrations.Migration):\n    dependencies = [${dependencies}]\n    operations = [${operations}]\n`;
      const files = {
        "manage.py":
          'import os, sys\nos.environ["DJANGO_SETTINGS_MODULE"] = "settings"\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n',
        "settings.py":
          'import os\nSECRET_KEY = "x"\nINSTALLED_APPS = ["django.contrib.contenttypes", "shop"]\nUSE_TZ = True\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["DB_NAME"], "USER": os.environ["DB_USER"], "PASSWORD": os.environ["DB_PASSWORD"], "HOST": os.environ["DB_HOST"], "PORT": os.environ["DB_PORT"]}}\n',
        "shop/__init__.py": "",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": migration(
          '("contenttypes", "0001_initial")',
          'migrations.CreateModel("Order", [("id", models.AutoField(primary_key=True)), ("total", models.IntegerField())])',
        ),
        "shop/migrations/0002_mood.py": migration(
          '("shop", "0001_initial")',
          `migrations.RunSQL("create type mood as enum ('x')", migrations.RunSQL.noop)`,
        ),
        "shop/migrations/0003_data.py": migration(
          '("shop", "0002_mood")',
          "migrations.RunPython(lambda apps, editor: None)",
        ),
      };
      const { told, checked, findings } = await tried(files, { preset: "django", check: "all" });
      expect(told).toEqual([
        "MC-DOWN-LEAVES shop 0002_mood: enum public.mood",
        "MC-UP-AGAIN-FAILS shop 0002_mood",
      ]);
      expect(findings[0]?.file).toMatch(/shop\/migrations\/0002_mood\.py$/);
      expect(checked.map(({ id }) => id)).toEqual(["shop 0001_initial", "shop 0002_mood", "shop 0003_data"]);
      expect(checked[2]?.irreversible).toMatch(/not reversible/);
      const forked = await tried(
        { ...files, "shop/migrations/0003_other.py": migration('("shop", "0002_mood")', "") },
        { preset: "django" },
      );
      expect(forked.findings).toMatchObject([{ code: "MC-HEADS", revision: "0003_data, 0003_other" }]);
    });

    it("Knex: one migration at a time goes up and down, and its own tables are nobody's business", async () => {
      const files = {
        "knexfile.js":
          'module.exports = { client: "pg", connection: process.env.DATABASE_URL, migrations: { directory: "./migrations" } };',
        "migrations/001_orders.js":
          'exports.up = (knex) => knex.schema.createTable("orders", (t) => { t.increments("id"); });\nexports.down = (knex) => knex.schema.dropTable("orders");\n',
        "migrations/002_index.js":
          'exports.up = (knex) => knex.raw("create index if not exists by_id on orders (id)");\nexports.down = async () => {};\n',
      };
      const { told, notChecked } = await tried(files, {
        preset: "knex",
        check: "all",
        squawk: "when-present",
      });
      expect(told).toEqual(["MC-DOWN-LEAVES 002_index.js: index public.by_id"]);
      expect(notChecked).toContain("locks of 002_index.js: Knex cannot say its SQL");
    });

    it("dbmate, by commands: what it does is what the preset says that it does", async () => {
      const files = {
        "db/migrations/1_orders.sql":
          "-- migrate:up\ncreate table orders (id int);\n-- migrate:down\ndrop table orders;\n",
        "db/migrations/2_kind.sql":
          "-- migrate:up\ncreate type kind as enum ('x');\n-- migrate:down\nselect 1;\n",
      };
      const dbmate = 'dbmate --no-dump-schema --url "$DATABASE_URL?sslmode=disable"';
      const commands = {
        migrations: "db/migrations",
        to: `mkdir -p part; rm -f part/*; for f in db/migrations/*; do cp $f part; case $f in *"/$REVISION.sql") break;; esac; done; ${dbmate} -d part up`,
        up: `${dbmate} up`,
        down: `${dbmate} rollback`,
        current: `${dbmate} status | sed -n 's/^\\[X\\] \\(.*\\)\\.sql$/\\1/p'`,
      };
      const byCommands = await tried(files, { ...commands, ignore: "MC-DOWN-LEAVES x" });
      const byPreset = await tried(files, { preset: "dbmate" });
      expect(byCommands.told).toEqual([
        "MC-DOWN-LEAVES 2_kind: enum public.kind",
        "MC-UP-AGAIN-FAILS 2_kind",
      ]);
      expect(byPreset.told).toEqual(byCommands.told.map((each) => each.replace("2_kind", "2")));
    });

    it("hands commands the scratch database and what command-env names, and nothing else of the step", async () => {
      const files = { "migrations/1_a.sql": "" };
      const { log } = await tried(files, {
        ...{
          migrations: "migrations",
          to: "env | sort; psql() { :; }",
          "url-variables": "SQLALCHEMY_DATABASE_URI=postgresql+psycopg",
        },
      });
      const names = [...log.matchAll(/^([A-Za-z_][A-Za-z0-9_]*)=/gm)].map(([, name]) => name);
      expect(names).toContain("SQLALCHEMY_DATABASE_URI");
      expect(names.filter((name) => !/^(?:PG|DB_|POSTGRES_)/.test(name ?? ""))).toEqual(
        expect.not.arrayContaining(["GITHUB_TOKEN", "INPUT_SCRATCH-URL"]),
      );
      expect(log).not.toMatch(/^(?:GITHUB_|ACTIONS_|INPUT_|RUNNER_TEMP)/m);
      await expect(
        tried(files, { migrations: "migrations", to: "true", "command-env": "GITHUB_TOKEN" }),
      ).rejects.toThrow("not handed to commands");
    });
  },
);
