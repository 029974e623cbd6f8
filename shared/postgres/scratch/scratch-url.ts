import { UserError } from "../../runtime/user-error.ts";
import { type DatabaseAddress, describeAddress } from "../address.ts";
import { type Cluster, clusterOf, sameCluster } from "../cluster.ts";
import { connectPostgres, serverVersion } from "../connect.ts";
import { isLoopback } from "../ssl.ts";
import { ScratchDatabases } from "./databases.ts";
import type { ScratchOptions, ScratchServer } from "./scratch.ts";

/** Scratch databases on the server that `scratch-url` names. Throws a UserError; see {@link ScratchOptions}. */
export async function openScratchUrl(
  url: DatabaseAddress,
  { target, env, signal }: Pick<ScratchOptions, "target" | "env" | "signal">,
): Promise<ScratchServer> {
  const client = await connectPostgres(url, { applicationName: "deploy-actions scratch", signal });
  try {
    const cluster = await clusterOf(client);
    if (sameCluster(cluster, target.cluster) || maybeSame(url, cluster, target)) {
      throw onTarget(url, target.address);
    }
    const { rows } = await client.query<{ readonly able: boolean }>(
      "select rolsuper or rolcreatedb as able from pg_catalog.pg_roles where rolname = current_user",
    );
    if (rows[0]?.able !== true) {
      throw new UserError(`The user of scratch-url may make no databases at ${describeAddress(url)}.`, {
        hint: "Run ALTER ROLE … CREATEDB there as a superuser, or leave scratch-url out to use the runner's own PostgreSQL.",
        where: { input: "scratch-url" },
      });
    }
    const version = await serverVersion(client);
    const databases = new ScratchDatabases(url, version.major, env);
    return {
      version,
      where: `${describeAddress(url)} (PostgreSQL ${version.full})`,
      newDatabase: (locale) => databases.make(locale, signal),
      copyOf: (database) => databases.copy(database, signal),
      close: () => databases.dropAll(),
    };
  } finally {
    await client.close();
  }
}

/**
 * The identifier tells servers apart that stand behind one address, such as a primary and its replicas. Where it cannot
 * be read, one address is one server; but loopback is another machine behind an SSH hop.
 */
function maybeSame(url: DatabaseAddress, cluster: Cluster, target: ScratchOptions["target"]): boolean {
  const known = cluster.systemIdentifier !== undefined && target.cluster.systemIdentifier !== undefined;
  const { host, port } = target.address;
  return !known && !isLoopback(host) && url.host.toLowerCase() === host.toLowerCase() && url.port === port;
}

function onTarget(url: DatabaseAddress, target: DatabaseAddress): UserError {
  return new UserError(
    `scratch-url is on the same server as the database itself (${describeAddress(url)}, ${describeAddress(target)}).`,
    {
      hint: "Scratch databases belong elsewhere: give another server, or leave scratch-url out to use the runner's own PostgreSQL.",
      where: { input: "scratch-url" },
    },
  );
}
