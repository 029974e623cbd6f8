import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  baseAddress,
  hostAndPort,
  redisAddress,
  userInfo,
  webAddress,
} from "../../actions/smoke-test/src/address.ts";
import { ValueError } from "../../shared/runtime/values.ts";
import { runs } from "../support/effort.ts";

const BASE = "https://shop.example/app/";

describe("a web address", () => {
  it.each([
    ["/health", BASE, "https://shop.example/app/health"],
    ["/a?b=c#d", "http://h:8080", "http://h:8080/a?b=c#d"],
    ["https://other.example", BASE, "https://other.example/"],
    ["HTTP://H.example:65535/x", undefined, "http://h.example:65535/x"],
    ["https://[::1]:8443/", undefined, "https://[::1]:8443/"],
    ["https://user:p%40ss@h.example/x:99999", undefined, "https://user:p%40ss@h.example/x:99999"],
  ])("%s after %s is %s", (text, base, expected) => {
    expect(webAddress(text, base).href).toBe(expected);
  });

  it.each([
    ["shop.example/health", "no scheme"],
    ["localhost:3000", "no scheme"],
    ["//shop.example/x", "no scheme"],
    ["", "no scheme"],
    ["ftp://shop.example", "not a web address"],
    ["file:///etc/passwd", "not a web address"],
    ["/health", "there is no base-url"],
    ["https://shop.example:0/", "port out of range"],
    ["https://shop.example:65536/", "port out of range"],
    ["https://user:pw@shop.example:99999", "port out of range"],
    ["https://", "check the host name"],
    ["https://exa mple/", "blank or control character"],
    ["https://shop.example/\nX: y", "blank or control character"],
    ["https://a%zz:b@shop.example/", "two hexadecimal digits"],
  ])("%j is refused: %s", (text, why) => {
    expect(() => webAddress(text, undefined)).toThrow(why);
  });

  it("is parsed or refused, whatever the text, and a refusal never repeats it", () => {
    const piece = fc.constantFrom(
      "https://",
      "http:",
      "/",
      "@",
      ":",
      "[",
      "]",
      "%",
      "?",
      "s3cr3t",
      "99999",
      ".",
      " ",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (parts) => {
        try {
          expect(webAddress(parts.join(""), BASE).protocol).toMatch(/^https?:$/);
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError);
          expect(String(error)).not.toContain("s3cr3t");
        }
      }),
      { numRuns: runs(500, 50_000) },
    );
  });

  it("gives its user and password decoded", () => {
    expect(userInfo(new URL("https://me:p%40ss@h"))).toEqual({ user: "me", password: "p@ss" });
    expect(userInfo(new URL("https://h"))).toEqual({ user: "", password: "" });
  });
});

describe("a base address", () => {
  it.each([["/app"], ["https://h?x=1"], ["https://h/#top"], ["shop.example"]])("%s is refused", (text) => {
    expect(() => baseAddress(text)).toThrow(ValueError);
  });
});

describe("host and port", () => {
  it.each([
    ["shop.example:443", { host: "shop.example", port: 443 }],
    ["127.0.0.1:1", { host: "127.0.0.1", port: 1 }],
    ["[2001:db8::1]:65535", { host: "2001:db8::1", port: 65_535 }],
  ])("%s", (text, expected) => {
    expect(hostAndPort(text)).toEqual(expected);
  });

  it.each([
    "shop.example",
    "shop.example:",
    ":443",
    "h:0",
    "h:65536",
    "h:x",
    "https://h:443",
    "2001:db8::1:443",
    "h:1/x",
    "u@h:1",
    "h:-1",
  ])("%j is refused", (text) => {
    expect(() => hostAndPort(text)).toThrow(ValueError);
  });
});

describe("a Redis address", () => {
  it.each([
    ["redis://cache", { host: "cache", port: 6379, tls: false, user: "", password: "" }],
    [
      "rediss://app:p%40ss@[::1]:7000/2",
      { host: "::1", port: 7000, tls: true, user: "app", password: "p@ss" },
    ],
    ["redis://:secret@cache:1", { host: "cache", port: 1, tls: false, user: "", password: "secret" }],
  ])("%s", (text, expected) => {
    expect(redisAddress(text)).toEqual(expected);
  });

  it.each([
    "cache:6379",
    "http://cache",
    "redis://",
    "redis://cache:0",
    "redis://cache:99999",
    "redis://:p%zz@cache",
  ])("%j is refused", (text) => {
    expect(() => redisAddress(text)).toThrow(ValueError);
  });
});
