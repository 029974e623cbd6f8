/** A schedule of five fields, as sets of the numbers that fit. */
type Cron = {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Where both are restricted, a day fits that fits either (POSIX, crontab). */
  readonly eitherDay: boolean;
};

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const WEEKDAYS = "sun mon tue wed thu fri sat".split(" ");
const MINUTE = 60_000;
const DAY = 86_400_000;
// A 29 February that is a certain day of the week comes within 28 years, but for those around 2100.
const LONGEST_DAYS = 28 * 366;

/** Reads `17 2 * * *`; `undefined` for what GitHub would not take. */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().toLowerCase().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const minutes = numbersOf(minute, 0, 59);
  const hours = numbersOf(hour, 0, 23);
  const days = numbersOf(day, 1, 31);
  const months = numbersOf(month, 1, 12, MONTHS, 1);
  const weekdays = numbersOf(weekday, 0, 6, WEEKDAYS, 0);
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const eitherDay = !day.startsWith("*") && !weekday.startsWith("*");
  return { minutes, hours, days, months, weekdays, eitherDay };
}

function numbersOf(
  field: string,
  min: number,
  max: number,
  names: readonly string[] = [],
  first = 0,
): ReadonlySet<number> | undefined {
  const found = new Set<number>();
  const numberOf = (word: string): number =>
    names.includes(word) ? names.indexOf(word) + first : /^\d+$/.test(word) ? Number(word) : Number.NaN;
  for (const part of field.split(",")) {
    const [range = "", stepText, ...rest] = part.split("/");
    const step = stepText === undefined ? 1 : /^\d+$/.test(stepText) ? Number(stepText) : 0;
    const [from = "", to] = range === "*" ? [String(min), String(max)] : range.split("-");
    const start = numberOf(from);
    const end = to === undefined ? (stepText === undefined ? start : max) : numberOf(to);
    if (step < 1 || rest.length > 0 || !(start >= min) || !(end <= max) || !(start <= end)) return undefined;
    for (let number = start; number <= end; number += step) found.add(number);
  }
  return found;
}

/**
 * When a schedule was due last, at `until` or before, in milliseconds since 1970; `undefined` when it never was. A time
 * of day that the clocks skip or have twice may be taken for the hour beside it. Throws a RangeError for a time zone that there is not. Pure.
 */
export function lastDue(cron: Cron, until: number, timeZone = "UTC"): number | undefined {
  const offset = offsetOf(timeZone, until);
  const latest = Math.floor((until + offset) / MINUTE) * MINUTE;
  const times = [...cron.hours]
    .flatMap((hour) => [...cron.minutes].map((minute) => (hour * 60 + minute) * MINUTE))
    .sort((one, other) => other - one);
  let midnight = Math.floor(latest / DAY) * DAY;
  for (let back = 0; back < LONGEST_DAYS; back++, midnight -= DAY) {
    if (!isDay(cron, new Date(midnight))) continue;
    for (const time of times) {
      if (midnight + time > latest) continue;
      // The clocks may have been changed since.
      const due = midnight + time - offsetOf(timeZone, midnight + time - offset);
      if (due <= until) return due;
    }
  }
  return undefined;
}

function isDay({ days, months, weekdays, eitherDay }: Cron, date: Date): boolean {
  const [day, weekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
  return months.has(date.getUTCMonth() + 1) && (eitherDay ? day || weekday : day && weekday);
}

/** How far the clocks of a time zone are ahead of UTC at a moment. */
function offsetOf(timeZone: string, at: number): number {
  const clock = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const name = clock.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0"] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE;
}
