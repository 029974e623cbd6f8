import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../runtime/user-error.ts";
import { DBMATE, marked } from "./markers.ts";
import type { Preset, SqlPart } from "./preset.ts";

/**
 * Prisma keeps a folder with a migration.sql for each, which `migrate deploy` sends as it is. It has no way down; a down.sql
 * beside it is what its documentation proposes, made by `migrate diff` and run by `db execute`.
 */
export const prisma: Preset = {
  name: "Prisma",
  table: "_prisma_migrations",
  applied: (table) =>
    `select migration_name from ${table} where finished_at is not null and rolled_back_at is null order by started_at`,
  ownTables: [],
  migrations: "prisma/migrations",
  // The schema engine's own number, as its timeout error quotes it (P1002).
  lock: "classid = 0 and objid = 72707369 and objsubid = 1",
  replay: {
    by: "files",
    read: async (folder) => {
      const names = await namesIn(folder, /^\d{4,}_/);
      return Promise.all(
        names.map(async (name) => {
          const file = path.join(folder, name, "migration.sql");
          const undo = path.join(folder, name, "down.sql");
          const back = await readFile(undo, "utf8").catch(() => undefined);
          const down: SqlPart | undefined =
            back === undefined ? undefined : { file: undo, sql: back, line: 1, sentAs: "query" };
          return {
            ...{ version: name, file, sql: await text(file), line: 1, sentAs: "query" },
            ...(down === undefined ? {} : { down }),
          };
        }),
      );
    },
  },
};

/** dbmate keeps `<version>_<name>.sql`, with `-- migrate:up` and `-- migrate:down`. It takes no lock. */
export const dbmate: Preset = {
  name: "dbmate",
  table: "schema_migrations",
  applied: (table) => `select version from ${table} order by 1`,
  ownTables: [],
  migrations: "db/migrations",
  replay: {
    by: "files",
    read: async (folder) => {
      const names = await namesIn(folder, /^\d+.*\.sql$/);
      return Promise.all(
        names.map(async (name) => {
          const file = path.join(folder, name);
          return { version: /^\d+/.exec(name)?.[0] ?? name, ...marked(await text(file), file, DBMATE) };
        }),
      );
    },
  },
};

/** Flyway keeps `V<version>__<name>.sql`, and `R__<name>.sql`, which run last and whenever they change. */
export const flyway: Preset = {
  name: "Flyway",
  table: "flyway_schema_history",
  applied: (table) =>
    `select coalesce(version, script) from ${table} where success and type <> 'SCHEMA' order by installed_rank`,
  ownTables: [],
  migrations: "migrations",
  // "Flyway" in ASCII plus a hash of the table's name, 32 bits with a sign (PostgreSQLAdvisoryLockTemplate).
  lock: "classid in (18027, 18028) and objsubid = 1",
  replay: {
    by: "files",
    read: async (folder) => {
      const names = await namesIn(folder, /^(?:V[\d._]+|R)__.*\.sql$/);
      const sorted = names.toSorted(
        (a, b) => compareVersions(flywayVersion(a), flywayVersion(b)) || order(a, b),
      );
      return Promise.all(
        sorted.map(async (name) => {
          const file = path.join(folder, name);
          const repeatable = name.startsWith("R__") ? { repeatable: true as const } : {};
          return {
            ...{ version: flywayVersion(name) ?? name, file, sql: await text(file), line: 1 },
            ...{ sentAs: "transaction", ...repeatable },
          };
        }),
      );
    },
  },
};

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `1.2` of `V1_2__name.sql`; undefined for a repeatable migration. */
function flywayVersion(name: string): string | undefined {
  return /^V([\d._]+?)__/.exec(name)?.[1]?.replaceAll("_", ".");
}

/** By numbers, part by part, such as `1.10` after `1.9`; repeatable migrations come last. */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const [one, two] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.max(one.length, two.length); index++) {
    const difference = BigInt(one[index] || 0) - BigInt(two[index] || 0);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}

/** The entries of a folder that fit, sorted. Throws a UserError where there are none. */
export async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw new UserError(`input migrations: ${folder} cannot be read.`, {
      hint: "Run actions/checkout first, and give the folder of the migrations.",
      where: { input: "migrations" },
      cause,
    });
  });
  const names = entries.filter((name) => pattern.test(name)).sort(order);
  if (names.length === 0) {
    throw new UserError(`input migrations: there is no migration in ${folder}.`, {
      hint: `Names must look like ${pattern.source}.`,
      where: { input: "migrations" },
    });
  }
  return names;
}

/** The text of a file. Throws a UserError. */
export async function text(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError(`${file} cannot be read.`, {
      hint: "Check the checkout and its permissions.",
      where: { file },
      cause,
    });
  });
}
