import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DatabaseAddress, describeAddress, parseDatabaseUrl } from "../../shared/postgres/address.ts";
import { isLoopback } from "../../shared/postgres/ssl.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";

describe("a database URL", () => {
  test("is read into its parts", () => {
    expect(parseDatabaseUrl("postgres://app:s3cret@db.example:5433/shop?sslmode=verify-full")).toEqual({
      host: "db.example",
      port: 5433,
      database: "shop",
      user: "app",
      password: "s3cret",
      sslmode: "verify-full",
      sslrootcert: { kind: "system" },
      channelBinding: "prefer",
      options: undefined,
      applicationName: undefined,
    });
  });

  test.each<[string, Partial<DatabaseAddress>]>([
    ["postgresql://app@db.example", { port: 5432, database: "app", password: undefined }],
    ["POSTGRES://app@db.example/", { database: "app" }],
    [" postgres://app@db.example/shop\n", { database: "shop" }],
    ["postgres://app@[2001:db8::1]:5433/shop", { host: "2001:db8::1", port: 5433 }],
    ["postgres://app:pa:ss:word@db.example/shop", { user: "app", password: "pa:ss:word" }],
    ["postgres://app:p%40ss%2Fw%23rd%3F%25@db.example/shop", { password: "p@ss/w#rd?%" }],
    ["postgres://app:a+b&c=d[e]@db.example/shop", { password: "a+b&c=d[e]" }],
    ["postgres://t%C3%A9o@db.example/caf%C3%A9", { user: "téo", database: "café" }],
    ["postgres://app@%2Fvar%2Frun%2Fpostgresql/shop", { host: "/var/run/postgresql", sslmode: "disable" }],
    [
      "postgres:///shop?host=/tmp&user=app&port=5433",
      { host: "/tmp", user: "app", port: 5433, database: "shop" },
    ],
    ["postgres://app@db.example/shop?options=-c%20search_path%3Da", { options: "-c search_path=a" }],
    ["postgres://app@db.example/shop?application_name=x+y", { applicationName: "x+y" }],
    ["postgres://app@db.example/shop?channel_binding=require", { channelBinding: "require" }],
    ["postgres://app@db.example/shop?", { database: "shop" }],
  ])("%s", (url, expected) => {
    expect(parseDatabaseUrl(url)).toMatchObject(expected);
  });

  test("gives back whatever was percent-encoded into it", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((text) => !/\p{Cc}/u.test(text));
    const secret = fc
      .string({ unit: "binary", minLength: 1, maxLength: 30 })
      .filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(name, secret, name, name, (user, password, database, options) => {
        fc.pre([user, password, database, options].every((text) => text.isWellFormed()));
        const [u, p, d, o] = [user, password, database, options].map(encodeURIComponent);
        const address = parseDatabaseUrl(`postgres://${u}:${p}@db.example/${d}?options=${o}`);
        expect(address).toMatchObject({ user, password, database, options });
        expect(describeAddress(address)).toBe(`${user}@db.example:5432/${database}`);
      }),
    );
  });
});

describe("a password that was not encoded is an error and never a guess", () => {
  test.each([
    ["a #", "postgres://app:hunt#er@db.example/shop", "a # in it"],
    ["an @", "postgres://app:hunt@er@db.example/shop", "more than one @"],
    ["a /", "postgres://app:hunt/er@db.example/shop", "/ or ? comes before the @"],
    ["a ?", "postgres://app:hunt?er@db.example/shop", "/ or ? comes before the @"],
    ["an @ and a ?", "postgres://app:hu@nt?er@db.example/shop", "more than one @"],
    ["a %", "postgres://app:hunt%er@db.example/shop", "a % in it"],
    ["a % with digits that are no UTF-8", "postgres://app:hunt%ffer@db.example/shop", "a % in it"],
    ["a space", "postgres://app:hunt er@db.example/shop", "spaces"],
    ["a line end", "postgres://app:hunt\ner@db.example/shop", "spaces"],
  ])("%s", (_name, url, expected) => {
    const error = refusal(url);
    expect(error.message).toContain(expected);
    expect(`${error.message} ${error.hint}`).not.toMatch(/hunt|er@/);
    expect(error.hint).toContain("db-password");
  });

  test("no error repeats any part of it", () => {
    const secret = fc.stringMatching(
      /^[Q#/?@%:[\]&= ,]{0,6}ZQXJ[#/?@%:[\]&= ,]{0,6}ZQXJ[Q#/?@%:[\]&= ,]{0,6}$/,
    );
    const form = fc.constantFrom(
      (p: string) => `postgres://app:${p}@db.example/shop`,
      (p: string) => `postgres://app:${p}/shop`,
      (p: string) => `postgres://${p}`,
      (p: string) => `app:${p}@db.example/shop`,
      (p: string) => `postgres://app@db.example/shop?password=${p}&sslmode=requir`,
      (p: string) => `postgres://app@db.example:${p}/shop`,
      (p: string) => `postgres://app:x@db.example/shop?${p}`,
    );
    fc.assert(
      fc.property(secret, form, (password, url) => {
        for (const error of refusals(url(password))) {
          // The name of an unknown parameter is shown; no password gets there, since its ? would come before the @.
          if (error.message.includes("the parameter")) continue;
          expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toContain("ZQXJ");
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a URL that cannot be used is refused", () => {
  test.each([
    ["empty", "", "it is empty"],
    ["of another kind", "mysql://app@db.example/shop", "does not begin with postgres://"],
    ["for JDBC", "jdbc:postgresql://db.example/shop", "does not begin with postgres://"],
    ["in libpq's other form", "host=db.example password=x", "form name=value"],
    ["without a user", "postgres://db.example/shop", "names no user"],
    ["without a host", "postgres://app@/shop", "names no host"],
    ["with several hosts", "postgres://app@a.example,b.example/shop", "several hosts"],
    ["with several hosts and ports", "postgres://app@a.example:1,b.example:2/shop", "several hosts"],
    ["with a bare IPv6 address", "postgres://app@2001:db8::1/shop", "host and port are not understood"],
    ["with a port out of range", "postgres://app@db.example:65536/shop", "no number from 1 to 65535"],
    ["with a port that is no number", "postgres://app@db.example:54x/shop", "no number from 1 to 65535"],
    ["with a host that is none", "postgres://app@db%20example/shop", "no valid name"],
    ["with a mistyped parameter", "postgres://app@db.example/shop?sslmod=require", '"sslmod" is not known'],
    ["with Prisma's parameters", "postgres://app@db.example/shop?schema=public", '"schema" is not known'],
    ["with a parameter of every object", "postgres://app@db.example/shop?constructor=1", "is not known"],
    ["with a parameter without a value", "postgres://app@db.example/shop?sslmode", "has no value"],
    ["with a parameter given twice", "postgres://app@db.example/shop?port=1&port=2", "gives the port twice"],
    ["with a user given twice", "postgres://app@db.example/shop?user=x", "gives the user twice"],
    ["with control characters", "postgres://app@db.example/shop%0A::error::x", "control characters"],
    ["with an unknown sslmode", "postgres://app@db.example/shop?sslmode=verify", "sslmode is none of"],
    ["with a channel binding unknown", "postgres://app@db.example/?channel_binding=x", "channel_binding"],
    ["with channel binding without TLS", "postgres://app@[::1]/?channel_binding=require", "needs TLS"],
  ])("%s", (_name, url, expected) => {
    expect(refusal(url).message).toContain(expected);
  });

  test("and all that is wrong with its parts is told at once", () => {
    const messages = refusals("postgres://db.example:0/shop?sslmode=x").map((error) => error.message);
    expect(messages).toHaveLength(3);
  });

  test("with what was probably meant", () => {
    expect(refusal("postgres://app@db.example/shop?sslmod=require").hint).toContain("Did you mean sslmode?");
    expect(refusal("postgres://app@db.example/shop?sslmode=verify_full").hint).toContain(
      "Did you mean verify-full?",
    );
  });
});

describe("sslmode", () => {
  const sslOf = (host: string, query: string) => {
    const { sslmode, sslrootcert } = parseDatabaseUrl(`postgres://app@${host}/shop?${query}`);
    return [sslmode, sslrootcert?.kind];
  };

  test.each<[string, string, (string | undefined)[]]>([
    ["db.example", "", ["require", undefined]],
    ["10.0.0.7", "", ["require", undefined]],
    ["localhost", "", ["disable", undefined]],
    ["127.0.0.1", "", ["disable", undefined]],
    ["[::1]", "", ["disable", undefined]],
    ["localhost", "sslmode=require", ["require", undefined]],
    ["db.example", "sslmode=disable", ["disable", undefined]],
    ["db.example", "sslmode=verify-full", ["verify-full", "system"]],
    ["db.example", "sslrootcert=system", ["verify-full", "system"]],
    ["db.example", "sslmode=verify-ca&sslrootcert=ca.pem", ["verify-ca", "file"]],
    ["db.example", "sslmode=verify-full&sslrootcert=-----BEGIN%20CERTIFICATE-----", ["verify-full", "pem"]],
    // libpq: with a root certificate, require is verify-ca.
    ["db.example", "sslmode=require&sslrootcert=ca.pem", ["verify-ca", "file"]],
    ["localhost", "sslrootcert=ca.pem", ["verify-ca", "file"]],
    ["%2Ftmp", "sslmode=verify-full", ["disable", undefined]],
  ])("of %s with %j", (host, query, expected) => {
    expect(sslOf(host, query)).toEqual(expected);
  });

  test.each([
    ["allow", "falls back to clear text"],
    ["prefer", "falls back to clear text"],
    ["no-verify", "require"],
    ["verify-ca", "Give the certificate"],
    ["require&sslrootcert=system", "verify-full"],
  ])("%s is refused with what to use instead", (mode, expected) => {
    expect(refusal(`postgres://app@db.example/shop?sslmode=${mode}`).hint).toContain(expected);
  });
});

test("loopback is the machine itself, and nothing that looks like it", () => {
  for (const host of [
    "localhost",
    "LOCALHOST.",
    "db.localhost",
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "0:0::1",
    "/tmp",
  ]) {
    expect(isLoopback(host), host).toBe(true);
  }
  for (const host of [
    "localhost.example",
    "127.0.0.1.example",
    "128.0.0.1",
    "::2",
    "0.0.0.0",
    "notlocalhost",
  ]) {
    expect(isLoopback(host), host).toBe(false);
  }
});

test("an address is described without its password, and IPv6 with brackets", () => {
  const address = parseDatabaseUrl("postgres://app:s3cret@[2001:db8::1]/shop");
  expect(describeAddress(address)).toBe("app@[2001:db8::1]:5432/shop");
});

function refusals(url: string): readonly UserError[] {
  try {
    parseDatabaseUrl(url);
    return [];
  } catch (error) {
    if (error instanceof UserErrors) return error.problems;
    expect(error).toBeInstanceOf(UserError);
    return [error as UserError];
  }
}

function refusal(url: string): UserError {
  const [first] = refusals(url);
  if (first === undefined) throw new Error("the URL was accepted");
  expect(first.hint).not.toBe("");
  return first;
}
