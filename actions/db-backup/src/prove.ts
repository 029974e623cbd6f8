import type { Manifest } from "../../../shared/backup/manifest.ts";
import { type ArchiveOptions, checkStored } from "../../../shared/backup/stored-bytes.ts";
import type { Job } from "./back-up.ts";
import { atDestination, type Deposit, good, nowhere } from "./deposit.ts";
import type { SourceRead } from "./dump-into.ts";
import { proveArchive } from "./prove-archive.ts";
import { proveRestore } from "./prove-restore.ts";

/**
 * Proves what was stored at every destination: at the first in full, at the others by being the same bytes. Returns the
 * bytes of the archive, or null when nothing was to be proven. Throws when no destination holds a backup that is good.
 */
export async function proveAll(
  job: Job,
  deposits: readonly Deposit[],
  object: Manifest["object"],
  identity: string | undefined,
  read: SourceRead | undefined,
): Promise<number | null> {
  const { runtime, client, zstd, address } = job;
  const { signal, log, clock } = runtime;
  if (read === undefined) return null;
  let archiveBytes: number | null = null;
  for (const deposit of good(deposits)) {
    const { store } = deposit;
    const started = clock.monotonic();
    let bytes = 0;
    const endProgress = log.progress(() => {
      const share = Math.floor((bytes / object.bytes) * 100);
      return `${share} % of the backup of ${address.database} read back, ${Math.round((clock.monotonic() - started) / 1_000)} s`;
    });
    const archive: ArchiveOptions = {
      ...{ store, object, zstd, signal },
      identities: identity === undefined ? [] : [identity],
      onBytes: (seen) => {
        bytes = seen;
      },
    };
    try {
      await atDestination(deposit, signal, async () => {
        if (archiveBytes !== null) return checkStored(archive);
        const unpacked = await proveArchive(client, archive, read);
        await restoreToo(job, archive, read);
        archiveBytes = unpacked;
      });
    } finally {
      endProgress();
    }
    if (deposit.failed === undefined) log.info(`proven=${store.locate(object.key)}`);
  }
  if (archiveBytes === null) throw nowhere(deposits);
  return archiveBytes;
}

async function restoreToo(job: Job, archive: ArchiveOptions, { content }: SourceRead): Promise<void> {
  if (content === undefined) return;
  const { inputs, runtime, server, client, facts, address } = job;
  const { roles, owner } = facts.attributes;
  await proveRestore({
    ...{ scratch: job.scratch, pgBin: inputs.pgBin, archive, runtime },
    source: {
      ...{ cluster: server.cluster, address, locale: server.locale, major: client.major },
      ...{ roles: [...new Set([...roles, owner])], extensions: facts.extensions, ...content },
    },
  });
}
