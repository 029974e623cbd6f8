import type { QueryArrayConfig } from "pg";
import type { Preset } from "../../../../shared/migrations/preset.ts";
import { isServerError } from "../../../../shared/postgres/failure.ts";
import { runScratchCommand } from "../../../../shared/postgres/scratch/command.ts";
import type { ScratchDatabase } from "../../../../shared/postgres/scratch/scratch.ts";
import { quoteIdentifier } from "../../../../shared/postgres/sql.ts";
import { runSql } from "../../../../shared/postgres/sql-file.ts";
import type { Runtime } from "../../../../shared/runtime/action.ts";
import { remoteText } from "../../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import type { Database, Limits } from "../database.ts";
import type { Pending } from "../results.ts";
import type { Source } from "../source.ts";

type CommandSource = Extract<Source, { kind: "command" }>;

/** The versions that the target says it has; undefined where migrations are replayed to the newest. */
export type Recorded = readonly string[] | undefined;

/** Reads the recorded versions out of the target. Throws a UserError. */
export async function recordedVersions(
  source: CommandSource,
  target: Database,
  { statementTimeoutMs, lockTimeoutMs }: Limits,
): Promise<Recorded> {
  const { preset, versionQuery, upTo } = source;
  if (upTo === "latest") return undefined;
  return target.use(async (client) => {
    let query = versionQuery;
    if (query === undefined && preset !== undefined) query = preset.applied(await tableOf(preset, client));
    if (query === undefined) return undefined;
    await client.query(
      `begin read only; set local statement_timeout = ${statementTimeoutMs}; set local lock_timeout = ${lockTimeoutMs}`,
    );
    try {
      const { rows } = await client.query<unknown[]>(alone(query));
      return rows.map(([version]) => String(version));
    } catch (error) {
      if (isServerError(error) && error.code === "42501") throw notReadable(error);
      throw error;
    } finally {
      await client.query("rollback").catch(() => undefined);
    }
  });
}

/** A query that the user wrote, as one statement: a second one could end the read-only transaction. */
function alone(text: string): QueryArrayConfig & { readonly queryMode: "extended" } {
  return { text, rowMode: "array", queryMode: "extended" };
}

function notReadable(cause: Error): UserError {
  return new UserError(`The version of the schema cannot be read: ${cause.message}.`, {
    hint: "GRANT SELECT on that table (and USAGE on its schema) to the user; or set up-to: latest, and pending migrations count as drift.",
    where: { input: "up-to" },
    cause,
  });
}

/** Throws a UserError when the database no longer has the versions that it had. */
export async function refuseOtherVersion(
  source: CommandSource,
  before: Recorded,
  target: Database,
  limits: Limits,
): Promise<void> {
  const now = await recordedVersions(source, target, limits);
  if (JSON.stringify(now) === JSON.stringify(before)) return;
  throw new UserError("The database was migrated while it was compared: it says another version now.", {
    hint: "Nothing was reported. Run this again when the deployment has ended.",
  });
}

async function tableOf(
  preset: Preset,
  client: { query: (sql: string, values: unknown[]) => Promise<{ rows: { schema: string }[] }> },
): Promise<string> {
  const { rows } = await client.query(
    `select n.nspname as schema from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relname = $1 and c.relkind in ('r', 'p') order by n.nspname <> 'public', n.nspname`,
    [preset.table],
  );
  const schema = rows[0]?.schema;
  if (schema === undefined) {
    throw new UserError(
      `There is no table ${preset.table} in the database: ${preset.name} has never migrated it.`,
      {
        hint: "Check the preset and the database; or set up-to: latest.",
        where: { input: "preset" },
      },
    );
  }
  return `${quoteIdentifier(schema)}.${quoteIdentifier(preset.table)}`;
}

/** Brings an empty scratch database to the recorded versions. Returns what the source has beyond them. */
export async function migrate(
  source: CommandSource,
  recorded: Recorded,
  scratch: ScratchDatabase,
  scratchDatabase: Database,
  runtime: Runtime,
): Promise<Pending | undefined> {
  const { preset, command } = source;
  if (command === undefined && preset?.replay.by === "files") {
    return replayFiles(preset, source.migrations ?? "", recorded, scratchDatabase, runtime);
  }
  const script = command ?? (preset?.replay.by === "command" ? preset.replay.script(recorded) : "");
  await runScript(script, scratch, recorded, source.variables, runtime);
  if (recorded === undefined || preset?.replay.by !== "command")
    return recorded === undefined ? none : undefined;
  const output = await runScript(preset.replay.pending, scratch, recorded, source.variables, runtime);
  const names = preset.replay.pendingLines(output);
  return { count: names.length, names };
}

const none: Pending = { count: 0, names: [] };

async function replayFiles(
  preset: Preset,
  folder: string,
  recorded: Recorded,
  scratch: Database,
  { signal, log }: Runtime,
): Promise<Pending> {
  if (preset.replay.by !== "files") throw new Error("no files to replay");
  const migrations = await preset.replay.read(folder);
  const wanted = recorded === undefined ? undefined : new Set(recorded);
  const unknown = [...(wanted ?? [])].filter(
    (version) => !migrations.some((each) => each.version === version),
  );
  if (unknown.length > 0) throw unknownVersions(preset, folder, unknown);
  const pending = migrations.filter(({ version }) => wanted !== undefined && !wanted.has(version));
  await scratch.use(async (client) => {
    for (const { file, sql, line, version } of migrations) {
      if (wanted !== undefined && !wanted.has(version)) continue;
      await runSql(client, { file, sql, line }, signal);
      // One that sets a search_path must not set it for the next.
      await client.query("discard all");
    }
  });
  log.info(
    `${migrations.length - pending.length} migrations of ${folder} were replayed, ${pending.length} are pending`,
  );
  return { count: pending.length, names: pending.map(({ version }) => version) };
}

function unknownVersions({ name }: Preset, folder: string, versions: readonly string[]): UserError {
  const shown = versions.slice(0, 5).join(", ");
  const more = versions.length > 5 ? ` and ${versions.length - 5} more` : "";
  return new UserError(`The database has migrations that ${folder} does not: ${shown}${more}.`, {
    hint: `Check out the commit that was deployed, with all its ${name} migrations.`,
    where: { input: "migrations" },
  });
}

/** Runs a shell script with the scratch database as the only address it knows. Returns what it wrote to stdout. */
async function runScript(
  script: string,
  database: ScratchDatabase,
  recorded: Recorded,
  variables: readonly string[],
  { signal, log, env }: Runtime,
): Promise<string> {
  const extra = { TARGET_VERSION: recorded?.at(-1) ?? "", TARGET_VERSIONS: recorded?.join("\n") ?? "" };
  const { code, stdout, tail, ...end } = await log.group(
    `Replaying migrations: ${script.split("\n", 1)[0]}`,
    async () => {
      const ended = await runScratchCommand({ script, database, variables, extra, env, signal });
      log.info(remoteText(ended.tail.trim()));
      return ended;
    },
  );
  if (code === 0) return stdout;
  throw new UserError(
    `The command that replays the migrations failed (${end.signal ?? `exit code ${code}`}).`,
    {
      hint: `The end of what it said: ${remoteText(tail.trim().slice(-1_000))}`,
      where: { input: "baseline-command" },
    },
  );
}
