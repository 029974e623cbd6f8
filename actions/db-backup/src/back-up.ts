import { randomBytes } from "node:crypto";
import type { ArchiveOptions } from "../../../shared/backup/archive.ts";
import { checkStored } from "../../../shared/backup/archive.ts";
import { type Backups, listBackups } from "../../../shared/backup/backups.ts";
import { encode } from "../../../shared/backup/encode.ts";
import { throwAwayKey } from "../../../shared/backup/encryption.ts";
import { FanOut } from "../../../shared/backup/fan-out.ts";
import { manifestKey, objectKey } from "../../../shared/backup/keys.ts";
import { type Manifest, manifestText, type Proof } from "../../../shared/backup/manifest.ts";
import { sealAttributes } from "../../../shared/backup/sealed-attributes.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { queryError } from "../../../shared/postgres/connect.ts";
import { isServerError } from "../../../shared/postgres/failure.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { Store } from "../../../shared/storage/store.ts";
import { countRows, isEmpty } from "./count-rows.ts";
import { databaseFacts, serverFacts } from "./database-facts.ts";
import { beginDeposit, type Deposit, undoDeposit, writeObject } from "./deposit.ts";
import { startDump } from "./dump.ts";
import { keyOf } from "./dumped-tables.ts";
import { checkGrowth, type Growth } from "./growth.ts";
import type { Inputs } from "./inputs.ts";
import type { Client, Place } from "./place.ts";
import { checkPooler } from "./pooler.ts";
import { checkRights, checkVersion } from "./preflight.ts";
import { Progress } from "./progress.ts";
import { type Expected, proveArchive } from "./prove-archive.ts";
import type { Session } from "./session.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

export type BackUpOptions = {
  readonly inputs: Inputs;
  readonly runtime: Runtime;
  readonly place: Place;
  readonly address: DatabaseAddress;
  readonly stores: readonly Store[];
  readonly zstd: string | undefined;
};

/** What became of one database. */
export type BackUpResult = {
  readonly database: string;
  readonly manifest: Manifest;
  /** Where it is now, in the order of the destinations; without those that failed. */
  readonly locations: readonly string[];
  /** What failed at one destination while others are fine. */
  readonly failures: readonly (UserError | UserErrors)[];
  readonly dumpMs: number;
  readonly proofMs: number;
  readonly growth: Growth;
};

/** Makes, stores and proves one backup. Throws a UserError or UserErrors when there is none in the end. */
export async function backUp(options: BackUpOptions): Promise<BackUpResult> {
  const { inputs, runtime, place, address, stores } = options;
  const { log, signal } = runtime;
  const session = await place.openSession(address);
  runtime.defer(`the session at the database ${address.database}`, () => session.close());
  try {
    const server = await serverFacts(session);
    checkVersion(server.version);
    await checkPooler(session, () => place.openSession(address), log);
    await checkRights(session, address.database);
    const client = await place.clientFor(server.version);
    log.info(`server=${server.version.full} client=${client.version} on=${place.where}`);
    const [first] = stores;
    if (first === undefined) throw new Error("no destination");
    const history = await listBackups(first, address.database, signal);
    const snapshot = await takeSnapshot(session, {
      ...{ lockTimeoutMs: inputs.lockTimeout, log, monotonic: runtime.clock.monotonic },
    });
    const facts = await databaseFacts(session);
    const empty = await isEmpty(session, snapshot.relations);
    const growth = checkGrowth({ empty, allowEmpty: inputs.allowEmpty, database: address.database, history });
    const job = { ...options, session, server, client, history, snapshot, facts, empty, growth };
    return await makeBackup(job);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof UserError || error instanceof UserErrors || !isServerError(error)
      ? error
      : queryError(error, address);
  } finally {
    await session.close();
  }
}

type Job = BackUpOptions & {
  readonly session: Session;
  readonly server: Awaited<ReturnType<typeof serverFacts>>;
  readonly client: Client;
  readonly history: Backups;
  readonly snapshot: Snapshot;
  readonly facts: Awaited<ReturnType<typeof databaseFacts>>;
  readonly empty: boolean;
  readonly growth: Growth;
};

async function makeBackup(job: Job): Promise<BackUpResult> {
  const { inputs, runtime, address, snapshot, facts, stores, growth } = job;
  const { log, signal, clock } = runtime;
  const started = clock.monotonic();
  const own = inputs.encryptTo.length === 0 ? undefined : await throwAwayKey();
  const recipients = own === undefined ? [] : [...inputs.encryptTo, own.recipient];
  const key = objectKey({
    ...{ database: address.database, at: snapshot.at, unique: randomBytes(4).toString("hex") },
    ...{ compression: inputs.compression, encrypted: recipients.length > 0 },
  });
  const deposits: Deposit[] = [];
  const failures: (UserError | UserErrors)[] = [];
  try {
    for (const store of stores) {
      await store.check({ signal, ...growth.needs });
      const deposit = await beginDeposit(store, key, { expectedBytes: facts.bytes, signal });
      runtime.defer(`the unfinished backup at ${store.locate(key)}`, () => undoDeposit(deposit));
      deposits.push(deposit);
    }
    const written = await log.group(`Dump ${address.database}`, () => dumpInto(job, deposits, recipients));
    const dumpMs = clock.monotonic() - started;
    await job.session.query("rollback").catch(() => undefined); // The counts are known; a lost session changes nothing.
    await publishAll(deposits, signal);
    const object: Manifest["object"] = {
      ...{ key, bytes: written.bytes, sha256: written.sha256, compression: inputs.compression },
      ...{ encryption: own === undefined ? "none" : "age", recipients: [...inputs.encryptTo] },
      archiveBytes: null,
    };
    const proving = clock.monotonic();
    const archiveBytes = await log.group(`Prove ${address.database} (${inputs.verify})`, () =>
      proveAll(job, deposits, object, own?.identity, written.expected),
    );
    const proofMs = clock.monotonic() - proving;
    const manifest = await manifestOf(job, { ...object, archiveBytes }, written.expected, proofMs);
    for (const deposit of good(deposits)) {
      await atDestination(deposit, signal, () =>
        writeObject(deposit.store, manifestKey(key), manifestText(manifest), signal),
      );
      if (deposit.failed === undefined) deposit.state = "recorded";
    }
    failures.push(...deposits.flatMap(({ failed }) => failed ?? []));
    const locations = good(deposits).map(({ store }) => store.locate(key));
    if (locations.length === 0) throw allFailed(failures);
    return { database: address.database, manifest, locations, failures, dumpMs, proofMs, growth };
  } finally {
    for (const deposit of deposits) {
      await undoDeposit(deposit).catch((error: unknown) => {
        runtime.defer(String(error instanceof Error ? error.message : error), () => {
          throw new Error("tried once");
        });
      });
    }
  }
}

function good(deposits: readonly Deposit[]): Deposit[] {
  return deposits.filter(({ failed }) => failed === undefined);
}

function allFailed(failures: readonly (UserError | UserErrors)[]): Error {
  const problems = failures.flatMap((each) => (each instanceof UserErrors ? each.problems : [each]));
  const [only] = problems;
  return problems.length === 1 && only !== undefined ? only : new UserErrors(problems);
}

/** Work at one destination: its failing does not keep the others from being finished. */
async function atDestination<T>(
  deposit: Deposit,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
    deposit.failed = error;
    return undefined;
  }
}

async function publishAll(deposits: readonly Deposit[], signal: AbortSignal): Promise<void> {
  for (const deposit of good(deposits)) {
    await atDestination(deposit, signal, () => deposit.pending.publish());
    if (deposit.failed === undefined) deposit.state = "published";
  }
  if (good(deposits).length === 0) throw allFailed(deposits.flatMap(({ failed }) => failed ?? []));
}

type Written = { readonly bytes: number; readonly sha256: string; readonly expected: Expected | undefined };

async function dumpInto(
  job: Job,
  deposits: readonly Deposit[],
  recipients: readonly string[],
): Promise<Written> {
  const { inputs, runtime, place, client, address, snapshot, session, facts } = job;
  const { log, clock } = runtime;
  const stop = new AbortController();
  const signal = AbortSignal.any([runtime.signal, stop.signal]);
  const progress = new Progress(snapshot.relations, clock.monotonic);
  const endProgress = log.progress(() => progress.line());
  try {
    const dump = await startDump({
      ...{ place, client, address, snapshot, lockTimeoutMs: inputs.lockTimeout, signal },
      standby: false,
      onTable: (name) => progress.table(name),
    });
    const outlets = new Map(
      deposits.map((deposit) => [deposit, { name: deposit.store.where, sink: deposit.pending.sink }]),
    );
    const into = new FanOut([...outlets.values()]);
    const counting =
      inputs.verify === "none"
        ? undefined
        : dump.locked
            .then(() => countRows(session, snapshot.relations))
            .then((rows) => ({ rows, largeObjects: facts.largeObjects }));
    counting?.catch(() => undefined);
    const encoded = await encode(dump, {
      ...{ compression: inputs.compression, level: inputs.compressionLevel, zstd: job.zstd },
      ...{ recipients, into, signal, onBytes: (bytes) => progress.bytes(bytes) },
    });
    for (const [deposit, outlet] of outlets) {
      const error = into.failed.get(outlet);
      if (error !== undefined) deposit.failed = asUserError(error, deposit);
    }
    log.info(progress.line());
    const expected = await counting;
    return { ...encoded, expected };
  } catch (error) {
    runtime.signal.throwIfAborted();
    stop.abort(error);
    throw error;
  } finally {
    endProgress();
  }
}

function asUserError(error: Error, { store }: Deposit): UserError | UserErrors {
  if (error instanceof UserError || error instanceof UserErrors) return error;
  return new UserError(`Writing to ${store.where} failed: ${error.message}.`, {
    hint: "See the destination and the network between.",
    cause: error,
  });
}

/** Proves what was stored at every destination: the first in full, the others by being the same bytes. */
async function proveAll(
  job: Job,
  deposits: readonly Deposit[],
  object: Manifest["object"],
  identity: string | undefined,
  expected: Expected | undefined,
): Promise<number | null> {
  const { runtime, client, zstd } = job;
  const { signal, log } = runtime;
  if (expected === undefined) return null;
  let archiveBytes: number | null = null;
  let last: unknown;
  for (const deposit of good(deposits)) {
    const { store } = deposit;
    const options: ArchiveOptions = {
      ...{ store, object, zstd, signal },
      identities: identity === undefined ? [] : [identity],
    };
    await atDestination(deposit, signal, async () => {
      if (archiveBytes !== null) return checkStored(options);
      archiveBytes = await proveArchive(client, options, expected);
    });
    last = deposit.failed ?? last;
    if (deposit.failed === undefined) log.info(`proven=${store.locate(object.key)}`);
  }
  if (archiveBytes === null) throw last ?? new Error("nothing was proven");
  return archiveBytes;
}

async function manifestOf(
  job: Job,
  object: Manifest["object"],
  expected: Expected | undefined,
  proofMs: number,
): Promise<Manifest> {
  const { inputs, runtime, address, server, client, snapshot, facts, empty } = job;
  const now = new Date(runtime.clock.now()).toISOString();
  const tables = snapshot.relations
    .filter(({ kind }) => kind === "r")
    .map((relation) => ({
      ...{ schema: relation.schema, name: relation.name },
      rows: expected?.rows.get(keyOf(relation)) ?? null,
    }));
  const { repository, run } = {
    repository: runtime.env["GITHUB_REPOSITORY"],
    run: runtime.env["GITHUB_RUN_ID"],
  };
  const level: Proof = expected === undefined ? "none" : inputs.verify;
  return {
    ...{ kind: "postgres-backup", schemaVersion: 1, database: address.database },
    snapshotAt: new Date(snapshot.at).toISOString(),
    finishedAt: now,
    server: {
      version: server.version,
      systemIdentifier: server.cluster.systemIdentifier ?? null,
      encoding: server.locale.encoding,
      databaseBytes: facts.bytes,
    },
    client: { program: "pg_dump", version: { major: client.major, full: client.version } },
    object,
    tables,
    rows: expected === undefined ? null : tables.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
    empty,
    sequences: snapshot.relations.filter(({ kind }) => kind === "S").length,
    largeObjects: facts.largeObjects,
    extensions: [...facts.extensions],
    attributes: await sealAttributes(
      { ...facts.attributes, locale: server.locale, globals: null },
      inputs.encryptTo,
    ),
    verification: { level, at: level === "none" ? null : now, durationMs: proofMs },
    createdBy: {
      action: "db-backup",
      ref: runtime.env["GITHUB_ACTION_REF"] ?? "",
      run: repository && run ? `${repository}/actions/runs/${run}` : null,
    },
  };
}
