import type { Backups } from "../../../shared/backup/backups.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { formatBytes } from "../../../shared/runtime/values.ts";

/** How a backup compares with those before it. */
export type Growth = {
  /** Bytes of the last backups as stored, oldest first. */
  readonly earlier: readonly { readonly at: string; readonly bytes: number }[];
  /** Bytes that the new one will hardly be smaller than; unknown for the first. */
  readonly needs: { readonly bytes?: number };
};

type Facts = {
  readonly empty: boolean;
  readonly allowEmpty: boolean;
  readonly database: string;
  readonly history: Backups;
};

const SHOWN = 12;

/** Compares with the last backups. Throws for an empty database that had data before, unless that is allowed. Pure. */
export function checkGrowth({ empty, allowEmpty, database, history }: Facts): Growth {
  const { backups } = history;
  const full = backups.find(({ manifest }) => !manifest.empty);
  if (empty && !allowEmpty && full !== undefined) {
    throw new UserError(
      `The database ${database} holds no row, and held data in the backup of ${full.manifest.snapshotAt}.`,
      {
        hint: "Check that the address is the right one. If it is meant to be empty, set allow-empty: true.",
        where: { input: "allow-empty" },
      },
    );
  }
  const earlier = backups
    .slice(0, SHOWN)
    .map(({ manifest }) => ({ at: manifest.snapshotAt, bytes: manifest.object.bytes }))
    .reverse();
  const last = earlier.at(-1);
  return { earlier, needs: last === undefined ? {} : { bytes: last.bytes } };
}

/**
 * What is to be said of the room at a destination where it may not be enough: of a first backup nobody knows how small it
 * will be. An archive holds no indexes, and compressed it is most often a tenth. Pure.
 */
export function roomRemark(
  { needs }: Growth,
  {
    where,
    free,
    databaseBytes,
  }: { readonly where: string; readonly free: number | undefined; readonly databaseBytes: number },
): string | undefined {
  if (needs.bytes !== undefined || free === undefined || free >= databaseBytes) return undefined;
  return `${where} has ${formatBytes(free)} free, and the database has ${formatBytes(databaseBytes)}. This is its first backup: how much room one takes is not known yet, and it fails if that is not enough.`;
}

/** The median of the last backups, when the new one has not even half of it. Pure. */
export function halfOfMedian({ earlier }: Growth, bytes: number): number | undefined {
  const sorted = earlier.map((each) => each.bytes).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return median !== undefined && bytes * 2 < median ? median : undefined;
}
