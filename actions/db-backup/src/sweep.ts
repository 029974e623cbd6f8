import { deletionMarkKey } from "../../../shared/backup/deletion-mark.ts";
import { databasePrefix, manifestKey, readKey } from "../../../shared/backup/keys.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Leftover, Store, StoredObject } from "../../../shared/storage/store.ts";

/** What runs that were killed have left of one database at one destination. */
export type Swept = {
  readonly database: string;
  readonly where: string;
  readonly leftovers: readonly {
    readonly what: string;
    readonly seenAt: string;
    /** False in a dry run, too. */
    readonly removed: boolean;
    /** Why it was left, where it was. */
    readonly why: string | undefined;
  }[];
  /** Why it could not be looked for, if so. */
  readonly problem: string | undefined;
};

const DAY_MS = 24 * 3_600_000;

/**
 * Those that no run can still be at: of a name of ours, begun by its name and last seen by the store so long before `now`
 * that their run has ended. The name tells the time of the database server, `seenAt` that of the store, and `now` is the
 * earlier of the runner's and the database server's: no clock that is wrong by itself has anything removed. Pure.
 */
export function abandoned<T extends Pick<Leftover, "key" | "seenAt" | "restlessMs">>(
  leftovers: readonly T[],
  now: number,
): T[] {
  return leftovers.filter(({ key, seenAt, restlessMs }) => {
    const begun = readKey(key)?.at;
    return begun !== undefined && Math.max(begun, seenAt) < now - restlessMs;
  });
}

/** Backups without a manifest, of runs that ended between the two. They may be whole, and are nobody's to remove. Pure. */
export function withoutManifest(objects: readonly StoredObject[], now: number): StoredObject[] {
  const keys = new Set(objects.map(({ key }) => key));
  return objects.filter(({ key }) => {
    const read = readKey(key);
    if (read?.isObject !== true || read.at >= now - DAY_MS) return false;
    return !keys.has(manifestKey(key)) && !keys.has(deletionMarkKey(key));
  });
}

/**
 * Removes what can be removed, or in a dry run tells it; `now` as `timeForSweeping` has it. Nothing that fails here is a
 * failure of the backup.
 */
export async function sweep(
  store: Store,
  database: string,
  options: { readonly now: number; readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<Swept> {
  const { now, dryRun, signal } = options;
  const swept = { database, where: store.where };
  const prefix = databasePrefix(database);
  try {
    const left = abandoned(await store.leftovers(prefix, { signal }), now);
    const objects = withoutManifest(await store.list(prefix, { signal }), now);
    const leftovers: Swept["leftovers"][number][] = [];
    for (const each of left) {
      const why = dryRun ? undefined : await removal(each, signal);
      leftovers.push({
        ...{ what: each.what, seenAt: new Date(each.seenAt).toISOString() },
        ...{ removed: !dryRun && why === undefined, why },
      });
    }
    for (const { key } of objects) {
      leftovers.push({
        ...{ what: store.locate(key), seenAt: new Date(readKey(key)?.at ?? 0).toISOString(), removed: false },
        why: "it has no manifest, and may be somebody's all the same: look at it, and remove it by hand",
      });
    }
    return { ...swept, leftovers, problem: undefined };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    return { ...swept, leftovers: [], problem: `${error.message} ${error.hint}` };
  }
}

async function removal(leftover: Leftover, signal: AbortSignal): Promise<string | undefined> {
  try {
    await leftover.remove({ signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}

/** A line for each. Pure. */
export function sweptLines({ leftovers, problem, where }: Swept, dryRun: boolean): string[] {
  if (problem !== undefined)
    return [`What killed runs may have left at ${where} could not be looked for: ${problem}`];
  return leftovers.map(({ what, seenAt, removed, why }) => {
    const verb = removed ? "removed" : dryRun && why === undefined ? "would remove" : "left alone";
    return `${verb} ${what}, left by a run that was killed (${seenAt})${why === undefined ? "" : `: ${why}`}`;
  });
}
