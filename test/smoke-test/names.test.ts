import { describe, expect, it } from "vitest";
import { Captures } from "../../actions/smoke-test/src/captures.ts";
import { configSchema } from "../../actions/smoke-test/src/config-schema.ts";
import { makePlan } from "../../actions/smoke-test/src/plan.ts";

const overrides = {
  expectVersion: undefined,
  retries: undefined,
  intervalMs: undefined,
  stabilityMs: undefined,
};
const secretsOf = (config: object, env: Record<string, string> = {}) =>
  makePlan({
    config: configSchema.parse(config),
    overrides,
    env,
    hasSsh: false,
    whereOf: () => ({}),
  }).secrets.filter((secret) => secret !== "");
const check = (changes: object) => ({ checks: [{ name: "a", get: "https://h/", ...changes }] });

describe("what is taken for a secret", () => {
  it.each<[string, object, Record<string, string>, string[]]>([
    ["a name in a header", check({ headers: { "x-any": `\${VALUE}` } }), { VALUE: "v-1" }, ["v-1"]],
    [
      "a name in a cookie, a form or a body",
      check({ cookies: { c: `\${A}` }, form: { f: `\${B}` } }),
      { A: "v-1", B: "v-2" },
      ["v-1", "v-2"],
    ],
    ["a name deep in a JSON body", check({ json: { user: { pin: [`\${A}`] } } }), { A: "v-1" }, ["v-1"]],
    [
      "a name in the path or query of an address",
      check({ get: `https://h/\${HOOK}?key=\${KEY}` }),
      { HOOK: "v-1", KEY: "v-2" },
      ["v-1", "v-2"],
    ],
    ["a name before the @ of an address", check({ get: `https://\${A}@h/` }), { A: "v-1" }, ["v-1"]],
    [
      "a name that says so, wherever it stands",
      check({ expect: { contains: `\${API_TOKEN}` } }),
      { API_TOKEN: "v-1" },
      ["v-1"],
    ],
    [
      "a password in an address, as written and decoded",
      check({ get: "https://me:p%40ss@h/" }),
      {},
      ["p@ss", "p%40ss"],
    ],
    ["a user without a password, which is a token", check({ get: "https://t0ken@h/" }), {}, ["t0ken"]],
    [
      "a password in the base-url",
      { "base-url": "https://me:word@h", checks: [{ name: "a", get: "/" }] },
      {},
      ["word"],
    ],
    [
      "a password in an origin",
      { "base-url": "https://h", version: { get: "/", equals: "1", origins: ["https://me:word@h"] } },
      {},
      ["word"],
    ],
    [
      "the literal part of a credential header, without its scheme",
      check({ headers: { Authorization: "Bearer abc123" } }),
      {},
      ["abc123"],
    ],
    ["a literal password in a body", check({ json: { user: "demo", password: "hunter2" } }), {}, ["hunter2"]],
    [
      "a header of the defaults",
      { defaults: { headers: { "x-api-key": "k-12345" } }, ...check({}) },
      {},
      ["k-12345"],
    ],
    [
      "a header of the version",
      { version: { get: "https://h/", equals: "1", headers: { a: `\${A}` } } },
      { A: "v-1" },
      ["v-1"],
    ],
    [
      "the password of a database",
      { checks: [{ name: "a", postgres: "postgres://u:pg-word@h/d" }] },
      {},
      ["pg-word"],
    ],
    ["the password of Redis", { checks: [{ name: "a", redis: "redis://:p%40ss@h" }] }, {}, ["p@ss"]],
  ])("%s", (_name, config, env, expected) => {
    expect(secretsOf(config, env)).toEqual(expect.arrayContaining(expected));
  });

  it("is not the version, a host, an expected text, or a harmless header", () => {
    const config = {
      version: { get: `https://\${HOST}/version`, equals: `\${SHA}` },
      ...check({ headers: { accept: "text/html" }, expect: { contains: `\${GREETING}` } }),
    };
    expect(secretsOf(config, { HOST: "shop.example", SHA: "0123456789", GREETING: "welcome" })).toEqual([]);
  });
});

describe("captures", () => {
  const user = (...ancestors: string[]) => ({ ancestors: new Set(ancestors) });

  it("are there for the checks that need theirs, and come before the environment", () => {
    const captures = new Captures({ token: "of the environment" }, () => undefined);
    captures.keep("login", new Map([["token", "captured"]]));
    expect(captures.filler(user("login"))(`<\${token}>`)).toBe("<captured>");
    expect(captures.filler(user())(`<\${token}>`)).toBe("<of the environment>");
  });

  it("are secrets from eight characters on", () => {
    const secrets: string[] = [];
    const captures = new Captures({}, (value) => void secrets.push(value));
    captures.keep(
      "a",
      new Map([
        ["id", "1234567"],
        ["token", "12345678"],
      ]),
    );
    expect(secrets).toEqual(["12345678"]);
  });
});
