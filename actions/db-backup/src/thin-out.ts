import { type Backups, listBackups, type StoredBackup } from "../../../shared/backup/backups.ts";
import type { Manifest } from "../../../shared/backup/manifest.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Store } from "../../../shared/storage/store.ts";
import { planRetention, type RetentionPlan, type RetentionRules } from "./retention.ts";
import { removeBackups, removeStrayMarks } from "./retention-effects.ts";

/** What retention did, or would do, with the backups of one database at one destination. */
export type Thinned = {
  readonly database: string;
  readonly where: string;
  readonly keep: readonly { readonly location: string; readonly reasons: readonly string[] }[];
  readonly remove: readonly { readonly location: string; readonly reason: string; readonly done: boolean }[];
  /** Files that look like manifests and cannot be read: left alone, and for somebody to look at. */
  readonly unreadable: Backups["unreadable"];
  readonly problems: readonly UserError[];
};

type Options = {
  readonly store: Store;
  readonly database: string;
  readonly rules: RetentionRules;
  readonly now: number;
  /** The backup that this run has made, or in a dry run would make. */
  readonly made: Manifest;
  readonly signal: AbortSignal;
};

/** Decides which backups go, and removes them. What fails is a problem of the retention; the new backup is there. */
export async function thinOut(options: Options): Promise<Thinned> {
  const { store, database, rules, now, made, signal } = options;
  let found: Backups;
  try {
    found = await listBackups(store, database, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    return notLooked(options, error);
  }
  const plan = planRetention(found, database, rules, now, made.object.key);
  const { deleted, failed } = await removeBackups(store, plan.remove, now, signal);
  await removeStrayMarks(store, found.strayMarks, signal);
  const problems = failed.map(
    ({ backup, error }) =>
      new UserError(
        `${store.locate(backup.manifest.object.key)} could not be deleted: ${error instanceof Error ? error.message : String(error)}`,
        {
          hint: "The new backup is fine. The next run tries again; check the right to delete there.",
          cause: error,
        },
      ),
  );
  return { ...asThinned(options, plan, found, new Set(deleted)), problems };
}

function notLooked({ store, database }: Options, error: UserError): Thinned {
  const problem = new UserError(`Nothing could be deleted at ${store.where}: ${error.message}`, {
    hint: `The new backup is fine. ${error.hint}`,
    cause: error,
  });
  return { ...{ database, where: store.where, keep: [], remove: [], unreadable: [] }, problems: [problem] };
}

/**
 * The same decision without its effects: what a run at this moment would do, the backup that it would make among those
 * that it looks at.
 */
export async function planThinning(options: Options): Promise<Thinned> {
  const { store, database, rules, now, signal, made } = options;
  const found = await listBackups(store, database, signal);
  const own: StoredBackup = { manifestKey: made.object.key, manifest: made };
  const plan = planRetention(
    { ...found, backups: [own, ...found.backups] },
    database,
    rules,
    now,
    made.object.key,
  );
  const without = { ...plan, keep: plan.keep.filter(({ backup }) => backup !== own) };
  return { ...asThinned(options, without, found, new Set()), problems: [] };
}

function asThinned(
  { store, database }: Options,
  { keep, remove }: RetentionPlan,
  { unreadable }: Backups,
  deleted: ReadonlySet<StoredBackup>,
): Omit<Thinned, "problems"> {
  const locate = ({ manifest }: StoredBackup): string => store.locate(manifest.object.key);
  return {
    ...{ database, where: store.where, unreadable },
    keep: keep.map(({ backup, reasons }) => ({ location: locate(backup), reasons })),
    remove: remove.map(({ backup, reason }) => ({
      location: locate(backup),
      reason,
      done: deleted.has(backup),
    })),
  };
}
