import { readFile } from "node:fs/promises";
import type { Catalog } from "../../../../shared/postgres/catalog/model.ts";
import { isSnapshot, parseSnapshot } from "../../../../shared/postgres/catalog/snapshot.ts";
import { clusterOf } from "../../../../shared/postgres/cluster.ts";
import { runSql } from "../../../../shared/postgres/sql-file.ts";
import type { Runtime } from "../../../../shared/runtime/action.ts";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import { type Database, databaseAt, type Limits } from "../database.ts";
import type { Scratch } from "../scratch.ts";
import type { Source } from "../source.ts";
import type { Baseline } from "./baseline.ts";
import { migrate, recordedVersions } from "./migrations.ts";
import { addRoles } from "./roles.ts";

type Place = {
  readonly target: Database;
  readonly scratch: Scratch;
  readonly limits: Limits;
  readonly runtime: Runtime;
};

/** Makes the schema as it should be, out of whatever says it. Throws a UserError. */
export async function openBaseline(source: Source, place: Place): Promise<Baseline> {
  switch (source.kind) {
    case "url":
      return fromDatabase(databaseAt(source.address, place.limits, place.runtime), place.target);
    case "file":
      return fromFile(source.file, place);
    case "command":
      return fromMigrations(source, place);
  }
}

async function fromDatabase(database: Database, target: Database): Promise<Baseline> {
  if ((await whichDatabase(database)) === (await whichDatabase(target))) {
    throw new UserError(`input baseline-url: ${database.shown} is the database that is looked at.`, {
      hint: "Give another one: compared with itself, a schema is always what it should be.",
      where: { input: "baseline-url" },
    });
  }
  const { catalog } = await database.read();
  return {
    catalog,
    facts: { kind: "url", what: database.shown, server: catalog.server.full },
    scratch: undefined,
    recorded: undefined,
    pending: undefined,
  };
}

/** The same text for the same database of the same running server, by whatever name, and for no other. */
function whichDatabase(database: Database): Promise<string> {
  return database.use(async (client) => {
    const { startedAt } = await clusterOf(client);
    const { rows } = await client.query<{ readonly oid: string }>(
      "select oid::text from pg_catalog.pg_database where datname = pg_catalog.current_database()",
    );
    return `${startedAt} ${rows[0]?.oid}`;
  });
}

async function fromFile(file: string, place: Place): Promise<Baseline> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError(`input baseline-file: ${file} cannot be read.`, {
      hint: "Run actions/checkout first and check the path; update-baseline: true writes a first one.",
      where: { input: "baseline-file" },
      cause,
    });
  });
  if (isSnapshot(text)) {
    const catalog: Catalog = parseSnapshot(text, file);
    return {
      catalog,
      facts: { kind: "file", what: file, server: catalog.server.full },
      scratch: undefined,
      recorded: undefined,
      pending: undefined,
    };
  }
  const fill = async (database: Database): Promise<undefined> => {
    await database.use((client) => runSql(client, { file, sql: text, line: 1 }, place.runtime.signal));
    return undefined;
  };
  return inScratch(place, { kind: "sql", what: file }, fill);
}

async function fromMigrations(source: Extract<Source, { kind: "command" }>, place: Place): Promise<Baseline> {
  const recorded = await recordedVersions(source, place.target, place.limits);
  const name = source.preset?.name ?? "baseline-command";
  const upTo = recorded === undefined ? "the newest" : (recorded.at(-1) ?? "none");
  const what = `migrations (${name}) up to ${upTo}`;
  const built = await inScratch(place, { kind: "command", what }, (database, scratch) =>
    migrate(source, recorded, scratch, database, place.runtime),
  );
  return { ...built, recorded };
}

type Filled = Awaited<ReturnType<Scratch["database"]>>;

async function inScratch(
  { scratch, target, limits, runtime }: Place,
  facts: { readonly kind: "sql" | "command"; readonly what: string },
  fill: (database: Database, scratch: Filled) => Promise<Baseline["pending"]>,
): Promise<Baseline> {
  const filled = await scratch.database();
  const database = databaseAt(filled.address, limits, runtime);
  if (scratch.temporary) await addRoles(target, database);
  const pending = await fill(database, filled);
  const { catalog } = await database.read();
  return {
    catalog,
    facts: { ...facts, server: catalog.server.full },
    scratch: filled.address,
    recorded: undefined,
    pending,
  };
}
