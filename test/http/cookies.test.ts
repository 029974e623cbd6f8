import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCookieHeader, readCookies } from "../../shared/http/cookies.ts";

const NOW = Date.UTC(2026, 5, 15);

describe("Set-Cookie", () => {
  it.each([
    ["sid=abc", "sid", "abc"],
    ["sid=abc; Path=/; HttpOnly; Secure; SameSite=Lax", "sid", "abc"],
    [" sid = abc ;Path=/", "sid", "abc"],
    ["sid=", "sid", ""],
    ["sid=a=b==", "sid", "a=b=="],
    ['sid="quoted"', "sid", '"quoted"'],
    ["__proto__=x", "__proto__", "x"],
    ["sid=abc; Max-Age=60", "sid", "abc"],
    ["sid=abc; Expires=Tue, 16 Jun 2026 00:00:00 GMT", "sid", "abc"],
    ["sid=abc; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "sid", "abc"],
    ["sid=abc; Max-Age=soon; Expires=never", "sid", "abc"],
    ["sid=abc; Max-Age=0; Max-Age=60", "sid", "abc"],
    ["sid=abc; X-Max-Age=0", "sid", "abc"],
  ])("%j sets", (header, name, value) => {
    expect([...readCookies([header], NOW)]).toEqual([[name, value]]);
  });

  it.each([
    "sid=; Max-Age=0",
    "sid=abc; max-age = -1 ; Path=/",
    "sid=abc; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    "sid=abc; expires=Thu, 01-Jan-1970 00:00:00 GMT",
    "sid=abc; Max-Age=0; Expires=Tue, 16 Jun 2026 00:00:00 GMT",
  ])("%j deletes", (header) => {
    expect([...readCookies([header], NOW)]).toEqual([["sid", undefined]]);
  });

  it.each(["", "no-equals-sign", "=value", "; Path=/", "   =x"])("%j says nothing", (header) => {
    expect(readCookies([header], NOW).size).toBe(0);
  });

  it("may be missing", () => {
    expect(readCookies(undefined, NOW).size).toBe(0);
  });

  it("counts the last word on a cookie", () => {
    const headers = ["a=1", "b=1", "a=2", "b=; Max-Age=0", "c=; Max-Age=0", "c=3"];
    expect(Object.fromEntries(readCookies(headers, NOW))).toEqual({ a: "2", b: undefined, c: "3" });
  });

  it("never throws, and never gives an empty name", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (headers) => {
        expect([...readCookies(headers, NOW).keys()]).not.toContain("");
      }),
    );
  });
});

describe("Cookie", () => {
  it("is read into its pairs", () => {
    expect([...readCookieHeader("a=1; b=x=y;c= 3 ; ; d; =e")]).toEqual([
      ["a", "1"],
      ["b", "x=y"],
      ["c", "3"],
    ]);
    expect(readCookieHeader(undefined).size).toBe(0);
  });
});
