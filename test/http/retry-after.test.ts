import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { readRetryAfter } from "../../shared/http/retry-after.ts";

const NOW = Date.UTC(2026, 5, 15, 12, 0, 0); // A Monday.

const zone = process.env["TZ"];
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7_000],
    ["007", 7_000],
    ["999999999", 999_999_999_000],
    ["Mon, 15 Jun 2026 12:00:30 GMT", 30_000],
    ["Mon, 15 Jun 2026 12:00:00 GMT", 0],
    ["Mon, 15 Jun 2026 11:00:00 GMT", 0],
    ["Monday, 15-Jun-26 12:01:00 GMT", 60_000],
    ["Mon Jun 15 12:00:05 2026", 5_000],
    ["Wed Jul  1 12:00:00 2026", 16 * 86_400_000],
  ])("%j means %i ms", (header, ms) => {
    expect(readRetryAfter(header, NOW)).toBe(ms);
  });

  it.each([
    undefined,
    "",
    "-5",
    "+5",
    "1.5",
    "5s",
    "1e3",
    "0x10",
    "9999999999",
    "soon",
    "May 5",
    "Mon, 5",
    "2026-06-15T12:00:30Z",
    "15 Jun 2026 12:00:30 GMT",
    "Mon, 15 Jun 2026 12:00:30 +0200",
    "Mon, 15 Jun 2026 25:00:00 GMT",
    "Mon, 15 Xyz 2026 12:00:30 GMT",
    "120, 120",
  ])("%j means nothing", (header) => {
    expect(readRetryAfter(header, NOW)).toBeUndefined();
  });

  it.each(["UTC", "Asia/Tokyo", "America/Los_Angeles"])("dates are GMT on a machine in %s", (name) => {
    process.env["TZ"] = name;
    expect(readRetryAfter("Mon Jun 15 12:00:05 2026", NOW)).toBe(5_000);
    expect(readRetryAfter("Mon, 15 Jun 2026 12:00:05 GMT", NOW)).toBe(5_000);
  });

  it("reads every date that toUTCString writes, and never gives a negative time", () => {
    const date = fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(date, (at) => {
        const wholeSeconds = Math.floor(at.getTime() / 1_000) * 1_000;
        expect(readRetryAfter(at.toUTCString(), NOW)).toBe(Math.max(0, wholeSeconds - NOW));
      }),
    );
  });

  it("never throws, and gives a whole number of at least zero or nothing, whatever a server sends", () => {
    const alphabet = fc.constantFrom(..."0123456789MonJunGMT:,- +.");
    const header = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.string({ unit: alphabet }));
    fc.assert(
      fc.property(header, (text) => {
        const ms = readRetryAfter(text, NOW);
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
