import type { Backups, StoredBackup } from "../../../shared/backup/backups.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

export type Choice = {
  /** `latest` passes over those that were stored with `verify: none`. */
  readonly select: "latest" | "latest-even-unproven";
  /** Milliseconds since 1970: only backups whose snapshot is not younger. */
  readonly before: number | undefined;
  readonly database: string | undefined;
};

/** The backup to restore, and a newer one that was passed over because nothing proves it, if there is one. */
export type Chosen = { readonly backup: StoredBackup; readonly newerUnproven: StoredBackup | undefined };

/**
 * The backup to restore: the one with the newest snapshot among those that qualify, by what their manifests say. Throws
 * a UserError where that leaves none, or backups of several databases. Pure.
 */
export function chooseBackup(
  { backups, unreadable }: Pick<Backups, "backups" | "unreadable">,
  choice: Choice,
  where: string,
): Chosen {
  const { select, before, database } = choice;
  const names = [...new Set(backups.map(({ manifest }) => manifest.database))].sort();
  if (database === undefined && names.length > 1) {
    throw new UserError(`${where} holds backups of several databases: ${names.map(quoted).join(", ")}.`, {
      hint: "Say which one with the input database.",
      where: { input: "database" },
    });
  }
  const own = backups.filter(({ manifest }) => database === undefined || manifest.database === database);
  const early = own.filter(
    ({ manifest }) => before === undefined || Date.parse(manifest.snapshotAt) <= before,
  );
  const newestFirst = early.toSorted(
    (a, b) => Date.parse(b.manifest.snapshotAt) - Date.parse(a.manifest.snapshotAt),
  );
  const best = newestFirst.find((backup) => select === "latest-even-unproven" || isProven(backup));
  if (best !== undefined)
    return { backup: best, newerUnproven: newestFirst[0] === best ? undefined : newestFirst[0] };

  const what = database === undefined ? "a backup" : `a backup of ${quoted(database)}`;
  const broken =
    unreadable.length === 0
      ? ""
      : ` ${unreadable.length} manifests there could not be read: ${unreadable[0]?.why}`;
  if (own.length === 0) {
    throw new UserError(`${where} does not hold ${what}.${broken}`, {
      hint:
        names.length === 0
          ? "Check the input from: it is the destination that db-backup was given, or a location it printed."
          : `There are backups of ${names.map(quoted).join(", ")}.`,
      where: { input: names.length === 0 ? "from" : "database" },
    });
  }
  if (early.length === 0) {
    const oldest = own.map(({ manifest }) => manifest.snapshotAt).sort()[0];
    throw new UserError(
      `${where} does not hold ${what} from before ${new Date(before ?? 0).toISOString()}.`,
      {
        hint: `The oldest is from ${oldest}.`,
        where: { input: "before" },
      },
    );
  }
  throw new UserError(
    `${where} does not hold ${what} that was proven; ${early.length} were stored with verify: none.`,
    {
      hint: "Take the newest of them with select: latest-even-unproven, and back up with verify: archive from now on.",
      where: { input: "select" },
    },
  );
}

/** Whether it was read back when it was made. */
export function isProven({ manifest }: StoredBackup): boolean {
  return manifest.verification.level !== "none";
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
