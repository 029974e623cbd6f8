import { feedArchive } from "../../../shared/backup/archive.ts";
import type { Attributes } from "../../../shared/backup/attributes.ts";
import { complaintOf } from "../../../shared/backup/complaint.ts";
import { ReaderStopped } from "../../../shared/backup/feeding.ts";
import { endText, type RunningProgram, startProgram } from "../../../shared/backup/program.ts";
import type { ArchiveOptions } from "../../../shared/backup/stored-bytes.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { choosePrograms } from "../../../shared/postgres/choose-programs.ts";
import type { Cluster } from "../../../shared/postgres/cluster.ts";
import { connectPostgres } from "../../../shared/postgres/connect.ts";
import { databaseArgument } from "../../../shared/postgres/libpq-access.ts";
import { findPrograms } from "../../../shared/postgres/programs.ts";
import { openScratch, type ScratchServer } from "../../../shared/postgres/scratch/scratch.ts";
import { openScratchUrl } from "../../../shared/postgres/scratch/scratch-url.ts";
import { checkTemporaryServer } from "../../../shared/postgres/scratch/temporary-server.ts";
import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import { withSession } from "../../../shared/postgres/with-session.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { NAMED_ROLES } from "./database-facts.ts";
import { dumpedRelations } from "./dumped-tables.ts";
import { contentOf, differences, type Fingerprint, type Sequences, sequencesOf } from "./fingerprint.ts";
import { notProven } from "./prove-archive.ts";
import type { Session } from "./session.ts";
import { takeSnapshot } from "./snapshot.ts";

export type Source = {
  readonly cluster: Cluster;
  readonly address: DatabaseAddress;
  readonly locale: Attributes["locale"];
  readonly roles: readonly string[];
  readonly extensions: readonly { readonly name: string }[];
  /** Of the client that made the dump: the scratch server has this major. */
  readonly major: number;
  readonly content: Fingerprint;
  readonly before: Sequences;
  readonly after: Sequences;
};

type Options = {
  /** Undefined for a temporary server. */
  readonly scratch: DatabaseAddress | undefined;
  readonly pgBin: string | undefined;
  readonly archive: ArchiveOptions;
  readonly source: Source;
  readonly runtime: Runtime;
};

/**
 * Looks, before anything is dumped, for what a proof by restoring will need: the programs, and the server of `scratch-url`.
 * Throws a UserError.
 */
export async function checkScratch(
  options: Pick<Options, "scratch" | "pgBin" | "runtime"> & {
    readonly source: Pick<Source, "cluster" | "address" | "major">;
    readonly session: Session;
  },
): Promise<void> {
  const { scratch, source, session, runtime } = options;
  const { signal } = runtime;
  const { programs } = await programsFor(options);
  if (scratch === undefined) return checkTemporaryServer(programs, source.major);
  const server = await openScratchUrl(scratch, { target: source, env: runtime.env, signal });
  await server.close();
  const asked = await session.query<{ readonly names: readonly string[] | null }>(
    `select (${NAMED_ROLES}) as names`,
  );
  const named = asked.rows[0]?.names ?? [];
  const missing = await withSession(
    scratch,
    { applicationName: "db-backup proof", signal },
    async (client) => {
      const { rows } = await client.query<{ readonly name: string }>(
        "select rolname as name from pg_catalog.pg_roles",
      );
      const there = new Set(rows.map(({ name }) => name));
      return named.filter((name) => !there.has(name));
    },
  );
  if (missing.length === 0) return;
  throw new UserError(
    `The scratch server lacks roles that the database cannot be restored without: ${missing.join(", ")}.`,
    {
      hint: `Policies or user mappings name them. Create them there: ${missing.map((name) => `CREATE ROLE ${quoteIdentifier(name)};`).join(" ")}`,
      where: { input: "scratch-url" },
    },
  );
}

async function programsFor({
  pgBin,
  source: { major },
  runtime: { env, signal },
}: Pick<Options, "pgBin" | "runtime"> & { readonly source: Pick<Source, "major"> }) {
  const programs = await findPrograms(["pg_restore", "postgres", "initdb"], { pgBin, env, signal });
  const restore = choosePrograms(programs, {
    names: ["pg_restore"],
    ...{ major, upTo: 99, because: `the backup is made by pg_dump ${major}` },
  }).program("pg_restore");
  return { programs, restore };
}

/**
 * Restores a stored backup into a scratch database, and compares tables, rows, contents, sequences and large objects with
 * the source at the snapshot. Throws a UserError when it cannot be restored, or anything differs.
 */
export async function proveRestore(options: Options): Promise<void> {
  const { scratch, archive, source, runtime } = options;
  const { env, signal, log } = runtime;
  const { programs, restore } = await programsFor(options);
  const server = await openScratch({
    url: scratch,
    target: { cluster: source.cluster, address: source.address },
    ...{ major: source.major, programs, reach: "socket", env, signal, info: log.info },
  });
  try {
    log.info(`Restoring into a scratch database on ${server.where}`);
    const database = await server.newDatabase(source.locale as Parameters<ScratchServer["newDatabase"]>[0]);
    try {
      const own = scratch === undefined;
      await prepare(database.address, source, own, signal);
      await restoreInto(restore.path, database.env, archive, own);
      await compare(database.address, options);
    } finally {
      await database.drop();
    }
  } finally {
    await server.close();
  }
}

/** Makes what a dump of one database takes for granted: roles, on a server of our own. */
async function prepare(
  address: DatabaseAddress,
  source: Source,
  own: boolean,
  signal: AbortSignal,
): Promise<void> {
  const client = await connectPostgres(address, { applicationName: "db-backup proof", signal });
  try {
    const { rows } = await client.query<{ readonly name: string }>(
      "select name from pg_catalog.pg_available_extensions",
    );
    const available = new Set(rows.map(({ name }) => name));
    const missing = source.extensions.map(({ name }) => name).filter((name) => !available.has(name));
    if (missing.length > 0) {
      throw new UserError(
        `The scratch server lacks extensions that the database uses: ${missing.join(", ")}.`,
        {
          hint: "Install them on the runner in a step before, or set scratch-url to a server that has them.",
          where: { input: "scratch-url" },
        },
      );
    }
    if (!own) return;
    const there = await client.query<{ readonly name: string }>(
      "select rolname as name from pg_catalog.pg_roles",
    );
    const known = new Set(there.rows.map(({ name }) => name));
    for (const role of source.roles.filter((name) => !known.has(name) && !name.startsWith("pg_"))) {
      await client.query(`create role ${quoteIdentifier(role)}`);
    }
  } finally {
    await client.close();
  }
}

async function restoreInto(
  file: string,
  env: Readonly<Record<string, string>>,
  archive: ArchiveOptions,
  own: boolean,
): Promise<void> {
  const location = archive.store.locate(archive.object.key);
  // On somebody's server the roles are not ours to make.
  const args = [
    ...["--exit-on-error", "--no-password"],
    // Where on its server the data lie proves nothing, and this one need not have such places.
    "--no-tablespaces",
    `--dbname=${databaseArgument(env["PGDATABASE"] ?? "")}`,
    ...(own ? [] : ["--no-owner", "--no-privileges"]),
  ];
  let program: RunningProgram | undefined;
  const [fed] = await Promise.allSettled([
    feedArchive(archive, (stdin) => {
      program = startProgram(file, args, { env: { ...env }, stdin, signal: archive.signal });
      program.stdout?.resume();
      return program;
    }),
  ]);
  const end = await program?.ended;
  archive.signal.throwIfAborted();
  const stopped =
    fed.status === "rejected" &&
    (fed.reason instanceof ReaderStopped || /EPIPE|Broken pipe/.test(String(fed.reason)));
  if (fed.status === "rejected" && !stopped) throw fed.reason;
  if (program !== undefined && end !== undefined && end.code !== 0) {
    const said = remoteLine(complaintOf(program.stderr()), { max: 600 });
    throw notProven(location, `it does not restore (${endText(end)}): ${said.replace(/\.$/, "")}`);
  }
  if (fed.status === "rejected") throw fed.reason;
}

async function compare(address: DatabaseAddress, { source, archive, runtime }: Options): Promise<void> {
  const { signal, log, clock } = runtime;
  const client = await connectPostgres(address, { applicationName: "db-backup proof", signal });
  try {
    const sequences = await sequencesOf(client, await dumpedRelations(client));
    const snapshot = await takeSnapshot(client, { lockTimeoutMs: 60_000, log, monotonic: clock.monotonic });
    const content = await contentOf(client, snapshot.relations);
    const wrong = differences(source, { content, sequences });
    if (wrong.length === 0) return;
    const more = wrong.length > SHOWN ? ` and ${wrong.length - SHOWN} more` : "";
    throw notProven(
      archive.store.locate(archive.object.key),
      `restored, it differs from the source: ${wrong.slice(0, SHOWN).join(", ")}${more}`,
    );
  } finally {
    await client.close();
  }
}

const SHOWN = 10;
