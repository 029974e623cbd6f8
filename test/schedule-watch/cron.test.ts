import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lastDue, parseCron } from "../../actions/schedule-watch/src/cron.ts";
import { runs } from "../support/effort.ts";

const at = (text: string): number => Date.parse(text);

function due(cron: string, until: string, zone?: string): string | undefined {
  const parsed = parseCron(cron);
  if (parsed === undefined) throw new Error(`${cron} is no schedule`);
  const found = lastDue(parsed, at(until), zone);
  return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16);
}

describe("when a schedule was due last", () => {
  it.each([
    ["17 2 * * *", "2026-06-10T02:17:00Z", "2026-06-10T02:17"],
    ["17 2 * * *", "2026-06-10T02:16:59Z", "2026-06-09T02:17"],
    ["*/20 * * * *", "2026-06-10T00:19:00Z", "2026-06-10T00:00"],
    ["5/20 * * * *", "2026-06-10T00:04:00Z", "2026-06-09T23:45"],
    ["41 7 * * 1", "2026-06-10T00:00:00Z", "2026-06-08T07:41"], // a Wednesday, and the Monday before
    ["41 7 * * MON-FRI", "2026-06-07T00:00:00Z", "2026-06-05T07:41"],
    ["0 0 1 * *", "2026-06-10T00:00:00Z", "2026-06-01T00:00"],
    ["0 0 31 * *", "2026-06-10T00:00:00Z", "2026-05-31T00:00"],
    ["0 0 29 2 *", "2026-06-10T00:00:00Z", "2024-02-29T00:00"],
    ["0 0 30 2 *", "2026-06-10T00:00:00Z", undefined],
    ["0 12 1 jan,jul *", "2026-06-10T00:00:00Z", "2026-01-01T12:00"],
    ["0 0 13 * 5", "2026-06-13T12:00:00Z", "2026-06-13T00:00"], // either: the 13th, a Saturday
    ["0 0 13 * 5", "2026-06-12T12:00:00Z", "2026-06-12T00:00"], // and a Friday
  ])("%s, at %s: %s", (cron, until, expected) => {
    expect(due(cron, until)).toBe(expected);
  });

  it("is by the clocks of its time zone", () => {
    expect(due("30 9 * * *", "2026-06-10T07:30:00Z", "Europe/Berlin")).toBe("2026-06-10T07:30");
    expect(due("30 9 * * *", "2026-06-10T07:29:00Z", "Europe/Berlin")).toBe("2026-06-09T07:30");
    expect(due("30 9 * * *", "2026-06-10T04:00:00Z", "Asia/Kolkata")).toBe("2026-06-10T04:00");
    // The clocks went back on the Sunday between.
    expect(due("17 2 * * 6", "2026-10-26T07:00:00Z", "Europe/Berlin")).toBe("2026-10-24T00:17");
    expect(due("17 2 * * 6", "2026-03-30T07:00:00Z", "Europe/Berlin")).toBe("2026-03-28T01:17");
    expect(() => due("30 9 * * *", "2026-06-10T04:00:00Z", "Europe/Nowhere")).toThrow(RangeError);
  });

  it.each([
    "* * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 8",
    "5-1 * * * *",
    "*/0 * * * *",
    "a * * * *",
    "1,, * * * *",
    "@daily",
  ])("%s is no schedule", (cron) => expect(parseCron(cron)).toBeUndefined());

  it("is never later than asked for, never skips one that fits, and fits itself", () => {
    const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
    const field = (min: number, max: number) => fc.oneof(fc.constant("*"), number(min, max));
    const crons = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6));
    const times = fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2030-01-01T00:00:00Z") });
    fc.assert(
      fc.property(crons, times, (fields, until) => {
        const cron = parseCron(fields.join(" "));
        if (cron === undefined) throw new Error(fields.join(" "));
        const last = lastDue(cron, until);
        if (last === undefined) throw new Error("never");
        expect(last).toBeLessThanOrEqual(until);
        const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
        const fits = (time: number): boolean => {
          const date = new Date(time);
          const is = (text: string, value: number) => text === "*" || Number(text) === value;
          const days = [is(day, date.getUTCDate()), is(weekday, date.getUTCDay())];
          const dayFits = day !== "*" && weekday !== "*" ? days.includes(true) : !days.includes(false);
          return (
            is(minute, date.getUTCMinutes()) &&
            is(hour, date.getUTCHours()) &&
            is(month, date.getUTCMonth() + 1) &&
            dayFits
          );
        };
        expect(fits(last)).toBe(true);
        const latest = Math.floor(until / 60_000) * 60_000;
        for (let time = latest; time > last && time > latest - 2 * 86_400_000; time -= 60_000)
          expect(fits(time)).toBe(false);
      }),
      { numRuns: runs(15, 500) },
    );
  });
});
