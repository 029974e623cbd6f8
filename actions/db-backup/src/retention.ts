import type { Backups, StoredBackup } from "../../../shared/backup/backups.ts";
import { newestOfEach, type Period, periodName } from "./periods.ts";

/** What is kept, as a union: a backup stays when any rule keeps it. An absent rule is off, `0` protects nothing. */
export type RetentionRules = {
  readonly days?: number | undefined;
  readonly keepLast?: number | undefined;
  readonly keepDaily?: number | undefined;
  readonly keepWeekly?: number | undefined;
  readonly keepMonthly?: number | undefined;
};

export type Kept = { readonly backup: StoredBackup; readonly reasons: readonly string[] };
export type Removal = { readonly backup: StoredBackup; readonly reason: string };

/** What retention does at one destination; both lists newest first, what was begun earlier at the end. */
export type RetentionPlan = { readonly keep: readonly Kept[]; readonly remove: readonly Removal[] };

const DAY_MS = 86_400_000;

/**
 * Decides which backups of one database go. Those of other databases are left out altogether. Time is that of the
 * snapshots; `now` is in milliseconds since 1970, and what is dated later is kept and counts for nothing.
 *
 * Only proven backups count: an unproven one never takes the place of a proven one, and stays as long as it would if it
 * were proven itself. The newest proven backup always stays, whatever the rules; and so does the one that this run has
 * `made` (the key of its object): another run's may be newer, or the server's clock wrong, and its location is told.
 */
export function planRetention(
  { backups, removing, flawed }: Pick<Backups, "backups" | "removing" | "flawed">,
  database: string,
  rules: RetentionRules,
  now: number,
  made?: string,
): RetentionPlan {
  const ofDatabase = (all: readonly StoredBackup[]): StoredBackup[] =>
    all.filter(({ manifest }) => manifest.database === database).sort(newestFirst);
  const own = ofDatabase(backups);
  const sound = own.filter((backup) => !flawed.has(backup));
  const begun = ofDatabase(removing).map((backup) => ({ backup, reason: "its removal has begun earlier" }));
  const past = sound.filter((backup) => timeOf(backup) <= now);
  const reasons = new Map<StoredBackup, string[]>(own.map((backup) => [backup, []]));
  const keep = (backup: StoredBackup, reason: string): void => void reasons.get(backup)?.push(reason);
  for (const backup of sound) if (timeOf(backup) > now) keep(backup, "dated in the future");
  for (const [backup, why] of flawed) keep(backup, `left alone and not counted: it ${why}`);

  const newest = past.find(isProven);
  const ruled = Object.values(rules).some((rule) => rule !== undefined);
  if (newest !== undefined && ruled) keep(newest, "the newest proven one");
  else for (const backup of past) keep(backup, ruled ? "none is proven yet" : "no rule is set");
  for (const backup of own) if (backup.manifest.object.key === made) keep(backup, "just made");
  keepLast(past, rules.keepLast ?? 0, keep);
  if (rules.days !== undefined && rules.days > 0) {
    for (const backup of past) {
      if (timeOf(backup) > now - rules.days * DAY_MS) keep(backup, `younger than ${rules.days} d`);
    }
  }
  keepPeriods(past, "day", rules.keepDaily ?? 0, keep);
  keepPeriods(past, "week", rules.keepWeekly ?? 0, keep);
  keepPeriods(past, "month", rules.keepMonthly ?? 0, keep);

  return {
    keep: own.flatMap((backup) => {
      const found = reasons.get(backup) ?? [];
      return found.length === 0 ? [] : [{ backup, reasons: found }];
    }),
    remove: [
      ...own
        .filter((backup) => reasons.get(backup)?.length === 0)
        .map((backup) => ({ backup, reason: `${ageOf(backup, now)} old, and no rule keeps it` })),
      ...begun,
    ],
  };
}

type Keep = (backup: StoredBackup, reason: string) => void;

function keepLast(past: readonly StoredBackup[], count: number, keep: Keep): void {
  let proven = 0;
  for (const backup of past) {
    if (proven >= count) return;
    if (isProven(backup)) proven++;
    keep(backup, isProven(backup) ? `${proven} of the last ${count}` : `unproven, among the last ${count}`);
  }
}

function keepPeriods(past: readonly StoredBackup[], period: Period, count: number, keep: Keep): void {
  let counted = 0;
  for (const [name, of] of newestOfEach(past, (backup) => periodName(period, timeOf(backup)))) {
    if (counted >= count) return;
    const proven = of.find(isProven);
    if (proven !== undefined) counted++;
    const kept = proven ?? of[0];
    if (kept !== undefined) keep(kept, `newest of ${period} ${name}`);
  }
}

function isProven({ manifest }: StoredBackup): boolean {
  return manifest.verification.level !== "none";
}

function timeOf({ manifest }: StoredBackup): number {
  return Date.parse(manifest.snapshotAt);
}

function newestFirst(a: StoredBackup, b: StoredBackup): number {
  return timeOf(b) - timeOf(a) || (a.manifestKey < b.manifestKey ? 1 : -1);
}

function ageOf(backup: StoredBackup, now: number): string {
  const days = Math.floor((now - timeOf(backup)) / DAY_MS);
  return days === 0 ? "less than a day" : `${days} d`;
}
