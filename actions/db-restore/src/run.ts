import path from "node:path";
import type { Attributes } from "../../../shared/backup/attributes.ts";
import { findZstd } from "../../../shared/backup/compression.ts";
import { openAttributes } from "../../../shared/backup/sealed-attributes.ts";
import { DamagedBackup } from "../../../shared/backup/stored-bytes.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { choosePrograms, NEWEST_MAJOR } from "../../../shared/postgres/choose-programs.ts";
import { type PostgresClient, queryError } from "../../../shared/postgres/connect.ts";
import { readDatabaseAddress } from "../../../shared/postgres/inputs.ts";
import { findPrograms, type Program } from "../../../shared/postgres/programs.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { connectSsh, type SshTarget } from "../../../shared/ssh/connect.ts";
import type { SshConnection } from "../../../shared/ssh/connection.ts";
import { readSshTarget } from "../../../shared/ssh/inputs.ts";
import { contentOf } from "./emptiness.ts";
import { forbiddable, forbidden, forbiddenProblems, forbiddenRemarks } from "./forbidden.ts";
import { readIdentities } from "./identities.ts";
import type { Inputs } from "./inputs.ts";
import { withOlder } from "./older-backup.ts";
import { outcomeOf, type Results } from "./outcome.ts";
import { makePlan, type Plan } from "./plan.ts";
import { restoreBeside } from "./restore-beside.ts";
import { restoreIntoEmpty } from "./restore-into-empty.ts";
import { serverFacts } from "./server-facts.ts";
import { findSource, type Source } from "./source.ts";
import { openTarget, type Target } from "./target.ts";
import { Timeline } from "./timeline.ts";
import { type Unpacked, unpack } from "./unpack.ts";

/** What the phases of a run share. */
export type Run = {
  readonly inputs: Inputs;
  readonly runtime: Runtime;
  readonly timeline: Timeline;
  readonly target: Target;
  readonly source: Source;
  readonly attributes: Attributes;
  readonly plan: Plan;
  readonly program: Program;
  readonly archive: Unpacked;
  /** A session in the maintenance database, or for `into-empty` in the target itself. */
  readonly session: PostgresClient;
  readonly remark: (message: string) => void;
};

/** The action: chooses a backup, looks at the target, unpacks and proves the archive, restores, and takes the name. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, log, signal, env, defer } = runtime;
  const address = targetAddress(inputs);
  const ssh = sshOf(inputs, runtime);
  const identities = await readIdentities(inputs.ageIdentity, runtime.addSecret);
  const timeline = new Timeline(clock, log);
  const remarks: string[] = [];
  const remark = (message: string): void => {
    log.info(message);
    remarks.push(message);
  };

  const source = await timeline.phase("Choosing the backup", () =>
    findSource({
      ...{ from: inputs.from, choice: inputs, workspace: path.resolve(env["GITHUB_WORKSPACE"] || ".") },
      tools: {
        s3: {
          endpoint: inputs.s3Endpoint,
          region: inputs.s3Region,
          pathStyle: inputs.s3PathStyle,
          checksums: inputs.s3Checksums,
        },
        ...{ ssh: ssh.target, env, info: log.info },
      },
      ...{ now: clock.now(), signal, warn: remark },
      opened: (store) => defer("the connection to the backups", () => store.close()),
    }),
  );
  const { manifest, location } = source;
  log.info(`backup=${location} database=${manifest.database} snapshot=${manifest.snapshotAt}`);

  const tunnel =
    inputs.tunnel && ssh.target !== undefined
      ? async () => (await ssh.connect()).forward(address.host, address.port)
      : undefined;
  const target = openTarget({ address, tunnel, env, signal });
  defer("the way to the database", () => target.close());
  const attributes = await openAttributes(manifest, identities, source.store.locate(source.manifestKey));
  const { session, plan, program } = await timeline.phase("Looking at the target", async () => {
    const home = inputs.mode === "into-empty" ? address.database : inputs.maintenanceDb;
    const client = await target.connect(home);
    defer("a session on the server", () => client.close());
    const wanted = { database: address.database, manifest, attributes };
    const server = await asked(target, () => serverFacts(client, wanted));
    const content = inputs.mode === "into-empty" ? await asked(target, () => contentOf(client)) : [];
    const decided = makePlan(address.database, inputs, { server, manifest, attributes, content });
    const rights = await asked(target, () =>
      forbidden(client, forbiddable(inputs, server, { manifest, attributes })),
    );
    throwProblems([...decided.problems, ...forbiddenProblems(server.user, rights)]);
    for (const line of [...decided.plan.remarks, ...forbiddenRemarks(rights)]) remark(line);
    log.info(`server=${server.version.full} mode=${inputs.mode} database=${address.database}`);
    const programs = await findPrograms(["pg_restore"], { pgBin: inputs.pgBin, env, signal });
    const suite = choosePrograms(programs, {
      ...{ names: ["pg_restore"], major: decided.plan.programMajor, upTo: restoreUpTo(server.version.major) },
      because: `the server is PostgreSQL ${server.version.full}, and the backup was made with pg_dump ${manifest.client.version.full}`,
    });
    return { session: client, plan: decided.plan, program: suite.program("pg_restore") };
  });
  const results = (
    rest: Omit<Results, "source" | "plan" | "phases" | "totalMs" | "remarks" | "promises" | "server" | "now">,
  ) =>
    outcomeOf({
      ...{ source, plan, remarks, phases: timeline.phases, totalMs: timeline.total(), now: clock.now() },
      ...{ promises: inputs, server: `${address.host}:${address.port}`, ...rest },
    });
  if (inputs.dryRun) return results({ done: undefined });

  let bytes = 0;
  const archive = await timeline.phase(
    "Fetching and proving the archive",
    () =>
      unpack({
        ...{ source, identities, zstd: findZstd(env), env, signal },
        forMany: inputs.mode !== "into-empty" && inputs.jobs > 1,
        onBytes: (read) => {
          bytes = read;
        },
        made: (remove) => defer("the unpacked archive", remove),
      }).catch(async (error: unknown) => {
        throw error instanceof DamagedBackup ? await withOlder(error, source, signal) : error;
      }),
    () => `${megabytes(bytes)} of ${megabytes(manifest.object.bytes)} MB read`,
  );
  log.info(`sha256=${manifest.object.sha256} bytes=${manifest.object.bytes}`);
  const all: Run = {
    ...{ inputs, runtime, timeline, target, source, attributes, plan, program, archive, session, remark },
  };
  const done = await (plan.mode === "into-empty" ? restoreIntoEmpty(all) : restoreBeside(all));
  return results({ done });
}

/** A query of ours, whose failure is told as one of the server. */
export async function asked<T>(target: Target, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw queryError(error, target.address);
  }
}

/** The newest pg_restore for a server: 17 and newer set what older servers do not know. */
function restoreUpTo(server: number): number {
  return server < 17 ? 16 : NEWEST_MAJOR;
}

function targetAddress(inputs: Inputs): DatabaseAddress {
  const address = readDatabaseAddress(inputs);
  if (address === undefined) {
    throw new UserError("There is no database to restore into.", {
      hint: "Set database-url, or db-host, db-name, db-user and db-password.",
      where: { input: "database-url" },
    });
  }
  if (inputs.mode !== "into-empty" && address.database === inputs.maintenanceDb) {
    throw new UserError(
      `The target is the database ${JSON.stringify(address.database)} itself, from which databases are made and renamed.`,
      {
        hint:
          inputs.mode === "swap"
            ? "Set maintenance-db to another one that the user may connect to, such as template1."
            : "Put the name of the new database into database-url or db-name.",
        where: { input: "maintenance-db" },
      },
    );
  }
  return address;
}

/** The SSH host of the inputs, connected to when it is first needed. */
function sshOf(inputs: Inputs, { signal, log, defer }: Runtime) {
  const target = readSshTarget(inputs);
  let connecting: Promise<SshConnection> | undefined;
  const connect = (): Promise<SshConnection> => {
    if (target === undefined) throw new Error("no SSH host");
    connecting ??= open(target);
    return connecting;
  };
  const open = async (to: SshTarget): Promise<SshConnection> => {
    log.info(`Connecting to ${to.host} over SSH`);
    // A cancelled run still has to clean up through it: it ends with the clean-up, not with the signal.
    const life = new AbortController();
    const stop = (): void => life.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      const connection = await connectSsh({ ...to, signal: life.signal });
      defer("the SSH connection", () => connection.close());
      return connection;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  };
  return { target, connect };
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
