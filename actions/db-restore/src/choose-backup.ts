import type { Backups, StoredBackup } from "../../../shared/backup/backups.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

export type Choice = {
  readonly select: "latest" | "latest-proven";
  /** Milliseconds since 1970: only backups whose snapshot is not younger. */
  readonly before: number | undefined;
  readonly database: string | undefined;
};

/**
 * The backup to restore: the one with the newest snapshot among those that qualify, by what their manifests say. Throws
 * a UserError where that leaves none, or backups of several databases. Pure.
 */
export function chooseBackup(
  { backups, unreadable }: Pick<Backups, "backups" | "unreadable">,
  choice: Choice,
  where: string,
): StoredBackup {
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
  const fit = early.filter(({ manifest }) => select === "latest" || manifest.verification.level !== "none");
  const [best] = fit.toSorted(
    (a, b) => Date.parse(b.manifest.snapshotAt) - Date.parse(a.manifest.snapshotAt),
  );
  if (best !== undefined) return best;

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
      hint: "Take one of them with select: latest, or back up with verify: archive from now on.",
      where: { input: "select" },
    },
  );
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
