export type Period = "day" | "week" | "month";

const DAY_MS = 86_400_000;

/** The period that a moment lies in, by UTC: `2026-11-21`, `2026-W47` (ISO 8601), `2026-11`. */
export function periodName(period: Period, time: number): string {
  const day = new Date(time).toISOString().slice(0, 10);
  if (period === "day") return day;
  return period === "month" ? day.slice(0, 7) : weekName(time);
}

/** A week belongs to the year that its Thursday lies in. */
function weekName(time: number): string {
  const date = new Date(time);
  const sinceMonday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(time + (3 - sinceMonday) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS);
  return `${year}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, "0")}`;
}

/** Items, newest first, by the name of their period; the newest period comes first. */
export function newestOfEach<T>(newestFirst: readonly T[], name: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of newestFirst) {
    const group = groups.get(name(item));
    if (group === undefined) groups.set(name(item), [item]);
    else group.push(item);
  }
  return groups;
}
