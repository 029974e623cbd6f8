import type { Duplex } from "node:stream";
import { type DatabaseAddress, databaseAddress } from "../../../../shared/postgres/address.ts";
import {
  type BackupRights,
  backupRights,
  grantStatement,
} from "../../../../shared/postgres/backup-rights.ts";
import { connectPostgres, queryError } from "../../../../shared/postgres/connect.ts";
import { type AddressParts, parseDatabaseUrlParts } from "../../../../shared/postgres/database-url.ts";
import { isServerError } from "../../../../shared/postgres/failure.ts";
import { UserError, UserErrors } from "../../../../shared/runtime/user-error.ts";
import { connectSsh, type SshConnection } from "../../../../shared/ssh/connect.ts";
import { NAME } from "../probe-schema.ts";
import {
  accepted,
  type Filled,
  type Finding,
  NoVerdict,
  type ProbeAnswer,
  type ProbeContext,
  refused,
} from "./probe.ts";
import { sshTarget } from "./ssh.ts";

/** Logs in, and reads from the catalogs whether the role could take a full backup where that is asked. */
export async function probePostgres(
  config: Filled<"postgres">,
  context: ProbeContext,
  roleName: string,
): Promise<ProbeAnswer> {
  const address = addressOf(config);
  if ("findings" in address) return address;
  const { signal, timeoutMs } = context;
  const hop = config.via === undefined ? undefined : await openHop(config.via, context);
  try {
    const client = await connectPostgres(address, {
      ...{ signal, connectTimeoutMs: timeoutMs, applicationName: "validate-secrets" },
      ...(hop === undefined ? {} : { stream: () => forward(hop, address) }),
    });
    try {
      if (config.rights === "connect") return accepted("the server takes the login");
      return judgeRights(await backupRights(client), config, roleName);
    } catch (error) {
      signal.throwIfAborted();
      const { message, hint } = firstOf(queryError(error, address));
      throw new NoVerdict(message.replace(/\.$/, ""), hint);
    } finally {
      await client.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NoVerdict || !(error instanceof UserError || error instanceof UserErrors))
      throw error;
    return judgeLogin(firstOf(error), config);
  } finally {
    await hop?.close();
  }
}

function addressOf(config: Filled<"postgres">): DatabaseAddress | ProbeAnswer {
  const { host, port, user, password, database, sslmode, sslrootcert } = config;
  try {
    const own = { host, port, user, password, database, sslmode, sslrootcert } satisfies AddressParts;
    const inUrl = config.url === undefined ? {} : parseDatabaseUrlParts(config.url);
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    return databaseAddress({ ...inUrl, ...given }, (part) => part);
  } catch (error) {
    if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
    const { message, hint, where } = firstOf(error);
    const about = [config.url === undefined ? (where?.input ?? "host") : "url"];
    return refused("malformed", about, message.replace(/\.$/, ""), hint);
  }
}

async function openHop(name: string, context: ProbeContext): Promise<SshConnection> {
  const filled = context.hop(name);
  const target = filled === undefined ? undefined : sshTarget(filled);
  const mend = `Mend the secrets of the probe ${name} first.`;
  if (target === undefined || "findings" in target)
    throw new NoVerdict(`the way there, by the probe ${name}, cannot be taken`, mend);
  try {
    return await connectSsh({ ...target, signal: context.signal, readyTimeoutMs: context.timeoutMs });
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    throw new NoVerdict(`the way there, by the probe ${name}, is closed`, mend);
  }
}

async function forward(hop: SshConnection, { host, port }: DatabaseAddress): Promise<Duplex> {
  try {
    return await hop.forward(host, port);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new NoVerdict(error.message.replace(/\.$/, ""), error.hint);
  }
}

function firstOf(error: UserError | UserErrors): UserError {
  const [first] = error instanceof UserErrors ? error.problems : [error];
  if (first === undefined) throw new Error("an empty list of problems");
  return first;
}

/** What an SQLSTATE at login says of the credentials (the manual, appendix A). */
function judgeLogin(error: UserError, config: Filled<"postgres">): ProbeAnswer {
  const { cause, hint } = error;
  const about = (...keys: string[]): string[] => (config.url === undefined ? keys : ["url"]);
  const why = error.message.replace(/\.$/, "");
  const text = cause instanceof Error ? cause.message : "";
  const code = isServerError(cause) ? cause.code : "";
  if (code === "28P01")
    return refused("invalid", about("user", "password"), "the server refuses user and password", hint);
  if (code === "28000" && /not permitted to log in/.test(text))
    return refused("insufficient", about("user"), "the role may not log in", "Allow it: ALTER ROLE … LOGIN.");
  // The password was checked before the database was looked for (postinit.c, InitPostgres).
  if (code === "3D000")
    return refused(
      "invalid",
      about("database"),
      "the login is right, and there is no such database",
      "Check its name; psql -l lists what there is.",
    );
  if (code === "42501")
    return refused(
      "insufficient",
      about("user"),
      "the role may not connect to the database",
      "Grant it: GRANT CONNECT ON DATABASE … TO …",
    );
  throw new NoVerdict(why, hint);
}

const MOST_GRANTS = 20;

const KINDS_OF_GAPS = [
  ["schema", "schema", "schemas"],
  ["table", "table", "tables"],
  ["sequence", "sequence", "sequences"],
  ["row security", "table for its row-level security", "tables for their row-level security"],
  ["large object", "large object", "large objects"],
] as const;

function judgeRights({ gaps }: BackupRights, config: Filled<"postgres">, roleName: string): ProbeAnswer {
  if (gaps.length === 0)
    return accepted("the role may read everything that a full backup needs", { backup: true });
  const counted = KINDS_OF_GAPS.map(([kind, one, more]) => {
    const count = gaps.filter((gap) => gap.kind === kind).length;
    return count === 0 ? "" : `${count} ${count === 1 ? one : more}`;
  }).filter(Boolean);
  const simple = gaps.some(({ kind }) => kind === "schema" || kind === "table" || kind === "sequence");
  const rows = gaps.some(({ kind }) => kind === "row security");
  const objects = gaps.filter(({ kind }) => kind === "large object");
  const mend = [
    ...(simple ? [`GRANT pg_read_all_data TO ${roleName};`] : []),
    ...(rows ? [`ALTER ROLE ${roleName} BYPASSRLS;`] : []),
    ...objects.slice(0, MOST_GRANTS).map((gap) => `${grantStatement(gap, roleName)};`),
    ...(objects.length > MOST_GRANTS
      ? [`and the same for ${objects.length - MOST_GRANTS} more large objects`]
      : []),
  ];
  const finding: Finding = {
    verdict: "insufficient",
    about: [config.url === undefined ? "user" : "url"],
    why: `the role could not take a full backup: it cannot read ${counted.join(", ")}`,
    mend: `Run as a superuser or owner: ${mend.join(" ")}`,
  };
  const unreadable = gaps.map(({ kind, name }) => `${kind} ${name}`);
  const grants = [...new Set(gaps.map((gap) => grantStatement(gap, roleName)))];
  return { findings: [finding], seen: finding.why, details: { backup: false, unreadable, grants } };
}

/** How statements name the role, whose name may be a secret: by that secret. */
export function roleNameOf(config: {
  readonly user?: string | undefined;
  readonly url?: string | undefined;
}): string {
  if (config.user !== undefined && !NAME.test(config.user)) return `"${config.user.replaceAll('"', '""')}"`;
  return `"<the user in ${config.user ?? config.url ?? "the URL"}>"`;
}
