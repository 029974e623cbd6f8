import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createDatabaseStatement,
  type DatabaseLocale,
  localeDifferences,
  unsupportedLocale,
} from "../../shared/postgres/create-database.ts";

const LIBC: DatabaseLocale = {
  ...{ encoding: "UTF8", provider: "c", collate: "de_DE.utf8", ctype: "C" },
  ...{ locale: undefined, icuRules: undefined },
};
const ICU: DatabaseLocale = { ...LIBC, provider: "i", locale: "en_US" };
const BUILTIN: DatabaseLocale = { ...LIBC, provider: "b", locale: "C.UTF-8" };

describe("the statement that makes a database", () => {
  it("says the provider wherever there is more than one, so that it is not the server's", () => {
    expect(createDatabaseStatement("a", LIBC, 14)).not.toContain("PROVIDER");
    for (const major of [15, 16, 17, 18]) {
      expect(createDatabaseStatement("a", LIBC, major)).toMatch(/ LOCALE_PROVIDER libc$/);
    }
    expect(createDatabaseStatement("a", ICU, 15)).toMatch(/ LOCALE_PROVIDER icu ICU_LOCALE 'en_US'$/);
    expect(createDatabaseStatement("a", BUILTIN, 17)).toMatch(
      / LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'$/,
    );
  });
});

describe("what a server can make", () => {
  it("is libc everywhere, ICU since 15, its rules since 16, and the builtin provider since 17", () => {
    const since = (locale: DatabaseLocale) =>
      [14, 15, 16, 17, 18].find((major) => !unsupportedLocale(locale, { major, full: `${major}.1` }));
    expect(since(LIBC)).toBe(14);
    expect(since(ICU)).toBe(15);
    expect(since({ ...ICU, icuRules: "&a < b" })).toBe(16);
    expect(since(BUILTIN)).toBe(17);
  });
});

describe("what differs in a database that was made", () => {
  const text = fc.constantFrom("C", "POSIX", "en_US.utf8", "de-DE");
  const anyLocale = fc.record<DatabaseLocale>({
    encoding: fc.constantFrom("UTF8", "LATIN1"),
    provider: fc.constantFrom("c", "i", "b"),
    ...{ collate: text, ctype: text },
    ...{ locale: fc.option(text, { nil: undefined }), icuRules: fc.option(text, { nil: undefined }) },
  });

  it("is nothing where it is the same", () => {
    fc.assert(
      fc.property(anyLocale, fc.integer({ min: 14, max: 18 }), (locale, major) => {
        expect(localeDifferences(locale, { ...locale }, major)).toEqual([]);
      }),
    );
  });

  it("is each thing that changes how texts are kept and sorted", () => {
    const changes: readonly [Partial<DatabaseLocale>, string][] = [
      [{ encoding: "SQL_ASCII" }, 'encoding "SQL_ASCII" instead of "UTF8"'],
      [{ provider: "c" }, 'locale provider "libc" instead of "icu"'],
      [{ collate: "C" }, 'LC_COLLATE "C" instead of "de_DE.utf8"'],
      [{ ctype: "de_DE.utf8" }, 'LC_CTYPE "de_DE.utf8" instead of "C"'],
      [{ locale: "de" }, 'locale "de" instead of "en_US"'],
      [{ icuRules: "&a < b" }, 'ICU rules "&a < b" instead of "none"'],
    ];
    for (const [change, said] of changes) {
      expect(localeDifferences(ICU, { ...ICU, ...change }, 15)).toEqual([said]);
    }
  });

  it("is no other way to write the same", () => {
    expect(localeDifferences(ICU, { ...ICU, locale: "en-US" }, 16)).toEqual([]);
    expect(localeDifferences({ ...LIBC, ctype: "POSIX" }, LIBC, 15)).toEqual([]);
  });
});
