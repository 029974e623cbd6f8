import { encode } from "../../../shared/backup/encode.ts";
import { FanOut } from "../../../shared/backup/fan-out.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { Job } from "./back-up.ts";
import { countRows } from "./count-rows.ts";
import { type Deposit, good, nowhere } from "./deposit.ts";
import { startDump } from "./dump.ts";
import { contentOf, type Fingerprint, type Sequences, sequencesOf } from "./fingerprint.ts";
import { Progress } from "./progress.ts";
import type { Expected } from "./prove-archive.ts";

/** What was read of the source, in the snapshot of the dump, to prove the backup by. */
export type SourceRead = Expected & {
  /** For a proof by restoring only. */
  readonly content?: { readonly content: Fingerprint; readonly before: Sequences; readonly after: Sequences };
};

export type Dumped = {
  readonly bytes: number;
  readonly sha256: string;
  /** Undefined when nothing is to be proven. */
  readonly read: SourceRead | undefined;
};

/** Dumps a database into its deposits, and reads meanwhile what it must hold. Throws what failed first. */
export async function dumpInto(
  job: Job,
  deposits: readonly Deposit[],
  recipients: readonly string[],
): Promise<Dumped> {
  const { inputs, runtime, place, client, address, snapshot, session, server } = job;
  const { log, clock } = runtime;
  const stop = new AbortController();
  const signal = AbortSignal.any([runtime.signal, stop.signal]);
  const progress = new Progress(snapshot.relations, clock.monotonic);
  const endProgress = log.progress(() => progress.line());
  try {
    const before = inputs.verify === "restore" ? await sequencesOf(session, snapshot.relations) : undefined;
    const dump = await startDump({
      ...{ place, client, address, snapshot, lockTimeoutMs: inputs.lockTimeout, signal },
      standby: server.standby,
      onTable: (name) => progress.table(name),
      onWarning: log.info,
    });
    const reading = inputs.verify === "none" ? undefined : dump.locked.then(() => readSource(job));
    reading?.catch(() => undefined); // The dump's own failure, if it has one, is the cause.
    const outlets = new Map(
      deposits.map((deposit) => [deposit, { name: deposit.store.where, sink: deposit.pending.sink }]),
    );
    const into = new FanOut([...outlets.values()]);
    const encoded = await encode(dump, {
      ...{ compression: inputs.compression, level: inputs.compressionLevel, zstd: job.zstd },
      ...{ recipients, into, signal, onBytes: (bytes) => progress.bytes(bytes) },
    });
    for (const [deposit, outlet] of outlets) {
      const error = into.failed.get(outlet);
      if (error !== undefined) deposit.failed = asUserError(error, deposit);
    }
    if (good(deposits).length === 0) throw nowhere(deposits);
    log.info(progress.line());
    const read = await reading;
    if (read === undefined || before === undefined || read.fingerprint === undefined)
      return { ...encoded, read };
    const after = await sequencesOf(session, snapshot.relations);
    return { ...encoded, read: { ...read, content: { content: read.fingerprint, before, after } } };
  } catch (error) {
    runtime.signal.throwIfAborted();
    stop.abort(error);
    throw error;
  } finally {
    endProgress();
  }
}

/** Once pg_dump holds its locks, so that nothing waits between the two. */
async function readSource({
  inputs,
  session,
  snapshot,
  facts,
}: Job): Promise<Expected & { readonly fingerprint?: Fingerprint }> {
  const { largeObjects } = facts;
  if (inputs.verify !== "restore")
    return { rows: await countRows(session, snapshot.relations), largeObjects };
  const fingerprint = await contentOf(session, snapshot.relations);
  const rows = new Map([...fingerprint.tables].map(([table, found]) => [table, found.rows]));
  return { rows, largeObjects, fingerprint };
}

function asUserError(error: Error, { store }: Deposit): UserError | UserErrors {
  if (error instanceof UserError || error instanceof UserErrors) return error;
  return new UserError(`Writing to ${store.where} failed: ${error.message}.`, {
    hint: "See the destination and the network between.",
    cause: error,
  });
}
