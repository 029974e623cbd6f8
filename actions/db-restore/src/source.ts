import { listBackups, readManifest, type StoredBackup } from "../../../shared/backup/backups.ts";
import { deletionMarkKey } from "../../../shared/backup/deletion-mark.ts";
import { manifestKey } from "../../../shared/backup/keys.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { parseSource } from "../../../shared/storage/destination.ts";
import { openStore, type StoreTools } from "../../../shared/storage/open-store.ts";
import { NoSuchObject, type Store } from "../../../shared/storage/store.ts";
import { type Choice, chooseBackup, isProven } from "./choose-backup.ts";
import { insteadOf, olderBackup } from "./older-backup.ts";

/** The backup that is to be restored, and where it is. */
export type Source = StoredBackup & { readonly store: Store; readonly location: string };

const CLOCK_SKEW_MS = 5 * 60_000;

type Options = {
  readonly from: string;
  readonly choice: Choice;
  readonly workspace: string;
  readonly tools: StoreTools;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  /** Is told of the store before it is used, to close it at the end. */
  readonly opened: (store: Store) => void;
};

/** Finds the backup: the one whose location was given, or the one that fits among those at a destination. Throws a UserError. */
export async function findSource(options: Options): Promise<Source> {
  const { from, choice, workspace, tools, now, signal, warn, opened } = options;
  const { destination, key } = parseSource(from, workspace);
  const store = await openStore(destination, tools);
  opened(store);
  const backup =
    key === undefined ? await choose(store, choice, signal, warn) : await named(store, key, choice, signal);
  const location = store.locate(backup.manifest.object.key);
  if (!isProven(backup)) warn(`${location} was never proven: it was stored with verify: none.`);
  if (key === undefined && Date.parse(backup.manifest.snapshotAt) > now + CLOCK_SKEW_MS) {
    warn(
      `${location} is dated in the future (${backup.manifest.snapshotAt}): a clock was wrong, and another backup may be newer. To have that one, name it as from, or set before.`,
    );
  }
  return { ...backup, store, location };
}

async function choose(
  store: Store,
  choice: Choice,
  signal: AbortSignal,
  warn: Options["warn"],
): Promise<StoredBackup> {
  const backups = await listBackups(store, choice.database, signal);
  for (const { location, why } of backups.unreadable) warn(`${location} was passed over: ${why}`);
  const { backup: chosen, newerUnproven: newer } = chooseBackup(backups, choice, store.where);
  if (newer !== undefined) {
    const { object, snapshotAt } = newer.manifest;
    warn(
      `${store.locate(object.key)}, of ${snapshotAt}, is newer and was passed over: it was stored with verify: none. To restore it all the same, set select: latest-even-unproven.`,
    );
  }
  const flaw = backups.flawed.get(chosen);
  if (flaw === undefined) return chosen;
  throw new UserError(`The backup ${store.locate(chosen.manifest.object.key)} ${flaw}.`, {
    hint: `Somebody removed or changed it after it was stored. ${insteadOf(store, olderBackup(backups, chosen))}`,
    where: { input: "from" },
  });
}

async function named(store: Store, key: string, choice: Choice, signal: AbortSignal): Promise<StoredBackup> {
  const { before, database } = choice;
  if (before !== undefined || database !== undefined) {
    const input = before === undefined ? "database" : "before";
    throw new UserError(`input ${input}: there is nothing to choose, since from names one backup.`, {
      hint: `Leave ${input} out, or give the destination itself as from.`,
      where: { input },
    });
  }
  const manifest = key.endsWith(".json") ? key : manifestKey(key);
  const mark = deletionMarkKey(manifest);
  if ((await store.list(mark, { signal })).some((object) => object.key === mark)) {
    throw new UserError(`The backup ${store.locate(key)} is being removed: ${store.locate(mark)} says so.`, {
      hint: "Retention has begun to remove it, and its data may be gone. Choose another one.",
      where: { input: "from" },
    });
  }
  try {
    return { manifestKey: manifest, manifest: await readManifest(store, manifest, signal) };
  } catch (error) {
    if (!(error instanceof NoSuchObject)) throw error;
    throw new UserError(`There is no backup at ${store.locate(key)}: its manifest is not there.`, {
      hint: "A backup without its manifest was not finished, or is being removed. Check the location, or give the destination to have one chosen.",
      where: { input: "from" },
      cause: error,
    });
  }
}
