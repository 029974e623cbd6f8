import { randomBytes } from "node:crypto";
import { type Backups, listBackups } from "../../../shared/backup/backups.ts";
import { throwAwayKey } from "../../../shared/backup/encryption.ts";
import { manifestKey, objectKey } from "../../../shared/backup/keys.ts";
import { type Manifest, manifestText } from "../../../shared/backup/manifest.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { sessionError } from "../../../shared/postgres/failure.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError, type UserErrors } from "../../../shared/runtime/user-error.ts";
import type { Store } from "../../../shared/storage/store.ts";
import { composeManifest } from "./compose-manifest.ts";
import { isEmpty } from "./count-rows.ts";
import { type DatabaseFacts, databaseFacts, type ServerFacts, serverFacts } from "./database-facts.ts";
import {
  atDestination,
  atEach,
  beginDeposit,
  type Deposit,
  good,
  nowhere,
  publishAll,
  undoDeposit,
  writeObject,
} from "./deposit.ts";
import { dumpInto } from "./dump-into.ts";
import { dumpGlobals } from "./globals.ts";
import { checkGrowth, type Growth, roomRemark } from "./growth.ts";
import type { Inputs } from "./inputs.ts";
import type { Client, Place } from "./place.ts";
import { checkPooler } from "./pooler.ts";
import { checkRights, checkVersion } from "./preflight.ts";
import { proveAll } from "./prove.ts";
import { checkScratch } from "./prove-restore.ts";
import type { Session } from "./session.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

export type BackUpOptions = {
  readonly inputs: Inputs;
  readonly runtime: Runtime;
  readonly place: Place;
  readonly address: DatabaseAddress;
  readonly stores: readonly Store[];
  readonly zstd: string | undefined;
  /** Where to restore to for a proof; undefined for a temporary server. */
  readonly scratch: DatabaseAddress | undefined;
};

/** What became of one database. */
export type BackUpResult = {
  readonly database: string;
  /** In a dry run, of the backup that would have been made, without sizes. */
  readonly manifest: Manifest;
  /** Where it is now, in the order of the destinations; without those that failed. */
  readonly locations: readonly string[];
  readonly manifests: readonly string[];
  /** What failed at one destination while others are fine. */
  readonly failures: readonly (UserError | UserErrors)[];
  readonly dumpMs: number;
  readonly proofMs: number;
  readonly growth: Growth;
  /** For whoever should know it, though nothing failed. */
  readonly remarks: readonly string[];
};

/** All that the steps of one backup need. */
export type Job = BackUpOptions & {
  readonly session: Session;
  readonly server: ServerFacts;
  readonly client: Client;
  readonly snapshot: Snapshot;
  readonly facts: DatabaseFacts;
  readonly empty: boolean;
  readonly growth: Growth;
  readonly remarks: readonly string[];
};

/** Makes, stores and proves one backup. Throws a UserError or UserErrors when there is none in the end. */
export async function backUp(options: BackUpOptions): Promise<BackUpResult> {
  const { inputs, runtime, place, address } = options;
  const { log, signal } = runtime;
  const session = await place.openSession(address);
  runtime.defer(`the session at the database ${address.database}`, () => session.close());
  try {
    const { server, client, history, remarks } = await log.group(`Look at ${address.database}`, () =>
      lookAt(options, session),
    );
    const snapshot = await takeSnapshot(session, {
      ...{ lockTimeoutMs: inputs.lockTimeout, log, monotonic: runtime.clock.monotonic },
    });
    const facts = await databaseFacts(session);
    const empty = await isEmpty(session, snapshot.relations);
    const growth = checkGrowth({ empty, allowEmpty: inputs.allowEmpty, database: address.database, history });
    const job: Job = { ...options, session, server, client, snapshot, facts, empty, growth, remarks };
    return await (inputs.dryRun ? pretend(job) : makeBackup(job));
  } catch (error) {
    signal.throwIfAborted();
    throw sessionError(error, address);
  } finally {
    await session.close();
  }
}

/** Everything that can be known before anything is locked or written. */
async function lookAt(
  { inputs, runtime, place, address, stores, scratch }: BackUpOptions,
  session: Session,
): Promise<{
  readonly server: ServerFacts;
  readonly client: Client;
  readonly history: Backups;
  readonly remarks: readonly string[];
}> {
  const { log, signal } = runtime;
  const server = await serverFacts(session);
  checkVersion(server.version);
  await checkPooler(session, () => place.openSession(address), log);
  await checkRights(session, address.database);
  const client = await place.clientFor(server.version);
  log.info(`server=${server.version.full} pg_dump=${client.version} on=${place.where}`);
  const remarks =
    client.major === server.version.major
      ? []
      : [
          `pg_dump ${client.version} is newer than the server (${server.version.full}): the backup of ${address.database} may restore only into PostgreSQL ${client.major} or newer.`,
        ];
  for (const remark of remarks) log.info(remark);
  if (inputs.includeGlobals && inputs.includeRolePasswords && inputs.encryptTo.length === 0) {
    throw new UserError("The hashes of passwords would be stored for everybody to read.", {
      hint: "Set encrypt-to, or include-role-passwords: false.",
      where: { input: "include-role-passwords" },
    });
  }
  if (inputs.verify === "restore") {
    const source = { cluster: server.cluster, address, major: client.major };
    await checkScratch({ scratch, pgBin: inputs.pgBin, source, session, runtime });
  }
  const { done, failed } = await atEach(stores, signal, async (store) => {
    await store.check({ signal });
    return listBackups(store, address.database, signal);
  });
  for (const { error } of failed) log.info(`This destination fails, the others go on: ${error.message}`);
  const [history] = done;
  if (history === undefined) throw new Error("no destination");
  for (const { location, why } of history.unreadable)
    log.info(`Not a manifest that can be read: ${location}: ${why}`);
  return { server, client, history, remarks };
}

function nameOf({ address, snapshot, inputs }: Job): string {
  return objectKey({
    ...{ database: address.database, at: snapshot.at, unique: randomBytes(4).toString("hex") },
    ...{ compression: inputs.compression, encrypted: inputs.encryptTo.length > 0 },
  });
}

const NOT_MADE = { bytes: 0, sha256: "0".repeat(64), archiveBytes: null } as const;

/** What a dry run knows of the backup that it does not make. */
async function pretend(job: Job): Promise<BackUpResult> {
  const { inputs, address, growth, facts } = job;
  const { log, signal } = job.runtime;
  const object: Manifest["object"] = {
    ...{ key: nameOf(job), ...NOT_MADE, compression: inputs.compression },
    ...{ encryption: inputs.encryptTo.length > 0 ? "age" : "none", recipients: [...inputs.encryptTo] },
  };
  const proof = { level: inputs.verify, durationMs: 0 };
  const manifest = await composeManifest(job, { object, rows: undefined, proof, globals: null });
  const { done, failed } = await atEach(job.stores, signal, (store) => checkRoom(job, store));
  log.info(`Would back up ${address.database}: ${facts.bytes} bytes on the server.`);
  return {
    database: address.database,
    manifest,
    locations: [],
    manifests: [],
    failures: failed.map(({ error }) => error),
    dumpMs: 0,
    proofMs: 0,
    growth,
    remarks: [...job.remarks, ...done.flat()],
  };
}

/** Checks that a destination has room, and returns what is to be said of it. */
async function checkRoom({ growth, facts, runtime }: Job, store: Store): Promise<string[]> {
  const { free } = await store.check({ signal: runtime.signal, ...growth.needs });
  const remark = roomRemark(growth, { where: store.where, free, databaseBytes: facts.bytes });
  if (remark === undefined) return [];
  runtime.log.info(remark);
  return [remark];
}

async function makeBackup(job: Job): Promise<BackUpResult> {
  const { inputs, runtime, address, facts, stores, growth, client, remarks } = job;
  const { log, signal, clock } = runtime;
  const own = inputs.encryptTo.length === 0 ? undefined : await throwAwayKey();
  const recipients = own === undefined ? [] : [...inputs.encryptTo, own.recipient];
  const globals = inputs.includeGlobals
    ? await dumpGlobals(client, address, inputs.includeRolePasswords, signal)
    : null;
  const key = nameOf(job);
  const deposits: Deposit[] = [];
  const started = clock.monotonic();
  try {
    const unreachable = await atEach(stores, signal, async (store) => {
      const said = await checkRoom(job, store);
      const deposit = await beginDeposit(store, key, { expectedBytes: facts.bytes, signal });
      runtime.defer(`the unfinished backup at ${store.locate(key)}`, () => undoDeposit(deposit));
      deposits.push(deposit);
      return said;
    });
    const dumped = await log.group(`Dump ${address.database}`, () => dumpInto(job, deposits, recipients));
    await job.session.query("rollback").catch(() => undefined); // All is read: a lost session changes nothing any more.
    await publishAll(deposits, signal);
    const dumpMs = clock.monotonic() - started;
    const object: Manifest["object"] = {
      ...{ key, bytes: dumped.bytes, sha256: dumped.sha256, compression: inputs.compression },
      ...{ encryption: own === undefined ? "none" : "age", recipients: [...inputs.encryptTo] },
      archiveBytes: null,
    };
    const archiveBytes = await log.group(`Prove ${address.database} (${inputs.verify})`, () =>
      proveAll(job, deposits, object, own?.identity, dumped.read),
    );
    const proofMs = clock.monotonic() - started - dumpMs;
    const manifest = await composeManifest(job, {
      ...{ object: { ...object, archiveBytes }, rows: dumped.read?.rows, globals },
      proof: { level: inputs.verify, durationMs: proofMs },
    });
    for (const deposit of good(deposits)) {
      await atDestination(deposit, signal, () =>
        writeObject(deposit.store, manifestKey(key), manifestText(manifest), signal),
      );
      if (deposit.failed === undefined) deposit.state = "recorded";
    }
    if (good(deposits).length === 0) throw nowhere(deposits);
    return {
      ...{ database: address.database, manifest, dumpMs, proofMs, growth },
      remarks: [...remarks, ...unreachable.done.flat()],
      locations: good(deposits).map(({ store }) => store.locate(key)),
      manifests: good(deposits).map(({ store }) => store.locate(manifestKey(key))),
      failures: [
        ...unreachable.failed.map(({ error }) => error),
        ...deposits.flatMap(({ failed }) => failed ?? []),
      ],
    };
  } finally {
    for (const deposit of deposits) await undoNow(deposit, runtime);
  }
}

/** Takes back what is unfinished; what cannot be is named at the end of the run. */
async function undoNow(deposit: Deposit, { defer }: Runtime): Promise<void> {
  try {
    await undoDeposit(deposit);
  } catch (error) {
    const { store, key } = deposit;
    defer(`the unfinished backup at ${store.locate(key)}`, () => {
      throw error;
    });
  }
}
