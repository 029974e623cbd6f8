import type { Preset } from "./preset.ts";

/** A word as a shell takes it literally. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Alembic writes down the heads of its graph: usually one, several with branches. It takes no lock of its own. */
export const alembic: Preset = {
  name: "Alembic",
  table: "alembic_version",
  applied: (table) => `select version_num from ${table} order by 1`,
  ownTables: [],
  migrations: undefined,
  replay: {
    by: "command",
    script: (applied) =>
      applied === undefined
        ? "alembic upgrade heads"
        : applied.map((version) => `alembic upgrade ${quoted(version)}`).join("\n"),
    pending: "alembic heads >/dev/null && alembic history --indicate-current -r current:heads",
    // `Rev -> …` lines: the current ones are in the range, and marked.
    pendingLines: (output) =>
      output
        .split("\n")
        .filter((line) => line.includes(" -> ") && !line.includes("(current)"))
        .map((line) => / -> ([^\s,(]+)/.exec(line)?.[1] ?? line.trim()),
  },
};

/** Django applies by app and name; the last one of an app brings all that it depends on. No lock of its own. */
export const django: Preset = {
  name: "Django",
  table: "django_migrations",
  applied: (table) => `select app || ' ' || name from ${table} order by id`,
  ownTables: [],
  migrations: undefined,
  replay: {
    by: "command",
    script: (applied) => {
      const manage = "python manage.py migrate --noinput --skip-checks --verbosity 0";
      if (applied === undefined) return manage;
      const last = new Map(applied.map((entry) => entry.split(" ", 2) as [app: string, name: string]));
      return [...last].map(([app, name]) => `${manage} ${quoted(app)} ${quoted(name)}`).join("\n");
    },
    pending: "python manage.py showmigrations --plan --skip-checks",
    pendingLines: (output) => output.split("\n").flatMap((line) => /^\[ \]\s+(\S+)/.exec(line)?.[1] ?? []),
  },
};

/** Knex runs one named migration at a time when asked to; its lock is a row, which a reader may not be allowed to see. */
export const knex: Preset = {
  name: "Knex",
  table: "knex_migrations",
  applied: (table) => `select name from ${table} order by id`,
  ownTables: ["knex_migrations_lock"],
  migrations: undefined,
  replay: {
    by: "command",
    script: (applied) =>
      applied === undefined
        ? "npx --no-install knex migrate:latest"
        : applied.map((name) => `npx --no-install knex migrate:up ${quoted(name)}`).join("\n"),
    pending: "npx --no-install knex migrate:list",
    pendingLines: (output) => {
      const [, after = ""] = output.split(/Found \d+ Pending Migration file\/files\.?\s*/);
      return after
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean);
    },
  },
};
