import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { StoredBackup } from "../../../shared/backup/backups.ts";
import { deletionMarkKey } from "../../../shared/backup/deletion-mark.ts";
import type { Store } from "../../../shared/storage/store.ts";
import type { Removal } from "./retention.ts";

export type RetentionEffect = {
  /** What was removed, whole. */
  readonly deleted: readonly StoredBackup[];
  /** What could not be; a later run goes on with it, or the backup is as it was. */
  readonly failed: readonly { readonly backup: StoredBackup; readonly error: unknown }[];
};

/**
 * Removes backups: first a mark, so that nobody counts on them any more, then the object, the manifest, and the mark.
 * Whatever it is interrupted by, no manifest is left without a mark whose object is gone. Throws only the signal's reason.
 */
export async function removeBackups(
  store: Store,
  removals: readonly Removal[],
  now: number,
  signal: AbortSignal,
): Promise<RetentionEffect> {
  const deleted: StoredBackup[] = [];
  const failed: { backup: StoredBackup; error: unknown }[] = [];
  // One after the other, oldest first: a run that is stopped has removed what matters least.
  for (const { backup, reason } of removals.toReversed()) {
    signal.throwIfAborted();
    try {
      await removeBackup(store, backup, { reason, at: new Date(now).toISOString() }, signal);
      deleted.push(backup);
    } catch (error) {
      signal.throwIfAborted();
      failed.push({ backup, error });
    }
  }
  return { deleted, failed };
}

/** Removes marks of removals that were all but finished. One that stays does no harm. */
export async function removeStrayMarks(
  store: Store,
  marks: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const mark of marks) {
    await store.remove(mark, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}

async function removeBackup(
  store: Store,
  { manifestKey, manifest }: StoredBackup,
  why: { readonly reason: string; readonly at: string },
  signal: AbortSignal,
): Promise<void> {
  const mark = deletionMarkKey(manifest.object.key);
  await putSmall(store, mark, `${JSON.stringify(why)}\n`, signal);
  await store.remove(manifest.object.key, { signal });
  await store.remove(manifestKey, { signal });
  await store.remove(mark, { signal });
}

async function putSmall(store: Store, key: string, text: string, signal: AbortSignal): Promise<void> {
  const pending = await store.begin(key, { expectedBytes: text.length, signal });
  try {
    await pipeline(Readable.from([Buffer.from(text)]), pending.sink);
    await pending.publish();
  } catch (error) {
    await pending.abandon();
    throw error;
  }
}
