import { type Backups, listBackups, type StoredBackup } from "../../../shared/backup/backups.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Store } from "../../../shared/storage/store.ts";
import type { Source } from "./source.ts";

/**
 * The backup to take where another one is damaged: the newest whole one of the same database that is older, a proven one
 * where there is any. It is named and never taken by itself: whoever asked for the latest state has to know. Pure.
 */
export function olderBackup({ backups, flawed }: Backups, than: StoredBackup): StoredBackup | undefined {
  const { database, snapshotAt } = than.manifest;
  const older = backups.filter(
    (backup) =>
      backup.manifest.database === database &&
      Date.parse(backup.manifest.snapshotAt) < Date.parse(snapshotAt) &&
      !flawed.has(backup),
  );
  return older.find(({ manifest }) => manifest.verification.level !== "none") ?? older[0];
}

/** What to do instead, in words. */
export function insteadOf(store: Store, older: StoredBackup | undefined): string {
  if (older === undefined) return "There is no older one at this destination.";
  const { object, snapshotAt } = older.manifest;
  return `The next older one is of ${snapshotAt}: from: ${store.locate(object.key)}`;
}

/** The error about a damaged backup, with the one to take in its place; the error itself where that cannot be found out. */
export async function withOlder(error: UserError, source: Source, signal: AbortSignal): Promise<UserError> {
  try {
    const backups = await listBackups(source.store, source.manifest.database, signal);
    const instead = insteadOf(source.store, olderBackup(backups, source));
    return new UserError(error.message, { hint: `${error.hint} ${instead}`, cause: error });
  } catch {
    return error;
  }
}
