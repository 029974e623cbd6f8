import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { describeAddress, parseDatabaseUrl } from "../../../shared/postgres/address.ts";
import { NEWEST_MAJOR, OLDEST_MAJOR } from "../../../shared/postgres/choose-programs.ts";
import { type Cluster, clusterOf } from "../../../shared/postgres/cluster.ts";
import { connectPostgres } from "../../../shared/postgres/connect.ts";
import { findPrograms } from "../../../shared/postgres/programs.ts";
import { openScratch, type ScratchServer } from "../../../shared/postgres/scratch/scratch.ts";
import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { Inputs } from "./inputs.ts";

/** Where databases are made, and whether all of the server is ours. */
export type Scratch = { readonly server: ScratchServer; readonly temporary: boolean };

/** Opens the server for scratch databases. Throws a UserError: also for one that is, or may be, a target. */
export async function openScratchServer(
  inputs: Pick<Inputs, "scratchUrl" | "never" | "postgresVersion" | "commandEnv">,
  reach: "tcp" | "socket",
  runtime: Runtime,
): Promise<Scratch> {
  const { env, signal, log, defer } = runtime;
  const url = inputs.scratchUrl === undefined ? undefined : addressOf(inputs.scratchUrl, "scratch-url");
  const never = readNever(inputs.never);
  refuseVariables(inputs.commandEnv, never, env);
  const programs = url === undefined ? await findPrograms(["postgres", "initdb"], { env, signal }) : [];
  const major =
    inputs.postgresVersion ?? programs.find((each) => each.major >= OLDEST_MAJOR)?.major ?? NEWEST_MAJOR;
  const open = async (target: {
    readonly cluster: Cluster;
    readonly address: DatabaseAddress;
  }): Promise<ScratchServer> =>
    openScratch({ url, target, major, programs, reach, env, signal, info: (line) => log.info(line) });
  if (url !== undefined) for (const address of never) refuseTarget(url, address);
  const targets =
    url === undefined ? [] : await Promise.all(never.map((address) => clusterAt(address, runtime)));
  const server = await open(targets.find((each) => each !== undefined) ?? nobody(url));
  defer("scratch databases", () => server.close());
  if (url !== undefined) await refuseClusters(url, targets, runtime);
  if (inputs.postgresVersion !== undefined && server.version.major !== inputs.postgresVersion) {
    throw new UserError(
      `The scratch server is PostgreSQL ${server.version.full}, and postgres-version is ${inputs.postgresVersion}.`,
      {
        hint: "Give a scratch-url of that version, or leave it out to have a temporary server started.",
        where: { input: "postgres-version" },
      },
    );
  }
  return { server, temporary: url === undefined };
}

type Target = { readonly cluster: Cluster; readonly address: DatabaseAddress };

/** For a check that has nothing to compare with. */
function nobody(url: DatabaseAddress | undefined): Target {
  const address = url ?? parseDatabaseUrl("postgres://nobody@nowhere.invalid/nothing");
  return {
    cluster: { systemIdentifier: undefined, startedAt: "" },
    address: { ...address, host: "nowhere.invalid" },
  };
}

function readNever(text: string | undefined): readonly DatabaseAddress[] {
  const entries = (text ?? "").split(/[\n,]/).map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [, host] = /^((?:\[[^\]]+\]|[^/:@\s]+)(?::\d+)?)$/.exec(entry) ?? [];
      return addressOf(host === undefined ? entry : `postgres://nobody@${host}/nothing`, "never");
    });
}

function addressOf(url: string, input: string): DatabaseAddress {
  try {
    return parseDatabaseUrl(url);
  } catch (error) {
    const problem = error instanceof UserErrors ? error.problems[0] : error;
    if (!(problem instanceof UserError)) throw error;
    throw new UserError(`input ${input}: ${problem.message}`, { hint: problem.hint, where: { input } });
  }
}

/** One address is one server, whatever the database. */
function refuseTarget(url: DatabaseAddress, target: DatabaseAddress): void {
  if (url.host.toLowerCase() === target.host.toLowerCase() && url.port === target.port)
    throw onTarget(url, target);
}

function onTarget(url: DatabaseAddress, target: DatabaseAddress): UserError {
  return new UserError(
    `scratch-url is on a server that \`never\` names (${describeAddress(url)}, ${target.host}:${target.port}).`,
    {
      hint: "Migrations are tried elsewhere: give another server, or leave scratch-url out to have a temporary one started.",
      where: { input: "scratch-url" },
    },
  );
}

/** Who the target is, where its address has a login and it answers; by its address alone otherwise. */
async function clusterAt(address: DatabaseAddress, { signal, log }: Runtime): Promise<Target | undefined> {
  if (address.user === "nobody") return undefined;
  try {
    const client = await connectPostgres(address, { applicationName: "migration-check", signal });
    try {
      return { cluster: await clusterOf(client), address };
    } finally {
      await client.close();
    }
  } catch {
    signal.throwIfAborted();
    log.info(
      `never: ${describeAddress(address)} does not answer; it is told from the scratch server by its address`,
    );
    return undefined;
  }
}

async function refuseClusters(
  url: DatabaseAddress,
  targets: readonly (Target | undefined)[],
  runtime: Runtime,
): Promise<void> {
  const known = targets.filter((each) => each !== undefined);
  if (known.length === 0) return;
  const own = await clusterAt(url, runtime);
  if (own === undefined)
    throw new UserError("scratch-url does not answer any more.", {
      hint: "Run this again.",
      where: { input: "scratch-url" },
    });
  for (const { cluster, address } of known) {
    const same =
      cluster.systemIdentifier !== undefined && cluster.systemIdentifier === own.cluster.systemIdentifier;
    if (same || cluster.startedAt === own.cluster.startedAt) throw onTarget(url, address);
  }
}

/** Throws a UserError where a command would be handed the address of a target. */
function refuseVariables(
  names: readonly string[],
  never: readonly DatabaseAddress[],
  env: Readonly<NodeJS.ProcessEnv>,
): void {
  for (const name of names) {
    if (/^(?:GITHUB_TOKEN|ACTIONS_.*|INPUT_.*)$/i.test(name)) {
      throw new UserError(`input command-env: ${name} is not handed to commands of a checkout.`, {
        hint: "Name only what the project needs to load its settings.",
        where: { input: "command-env" },
      });
    }
    const value = (env[name] ?? "").toLowerCase();
    const found = never.find(({ host }) => value.includes(host.toLowerCase()));
    if (found === undefined) continue;
    throw new UserError(
      `input command-env: the variable ${name} holds ${found.host}, which \`never\` names.`,
      {
        hint: "The commands get the scratch database in DATABASE_URL and the PG… variables; url-variables gives it other names.",
        where: { input: "command-env" },
      },
    );
  }
}

/** Makes roles that migrations grant rights to, without a login. On a server that is not ours they have to be there. */
export async function addRoles(
  { server, temporary }: Scratch,
  roles: readonly string[],
  { signal }: Runtime,
): Promise<() => Promise<void>> {
  if (!temporary) return () => Promise.resolve();
  const database = await server.newDatabase();
  const use = async (
    work: (query: (sql: string) => Promise<readonly string[]>) => Promise<void>,
  ): Promise<void> => {
    const client = await connectPostgres(database.address, { applicationName: "migration-check", signal });
    try {
      await work(async (sql) => (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name));
    } finally {
      await client.close();
    }
  };
  const all = "select rolname as name from pg_catalog.pg_roles";
  let known: ReadonlySet<string> = new Set();
  await use(async (query) => {
    for (const role of roles) await query(`create role ${quoteIdentifier(role)}`);
    known = new Set(await query(all));
  });
  // What migrations made belongs to the whole server, and would be in the way of the next database.
  return () =>
    use(async (query) => {
      for (const role of await query(all))
        if (!known.has(role)) await query(`drop role ${quoteIdentifier(role)}`);
    });
}
