import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { configSchema, type ExpectConfig } from "../../actions/smoke-test/src/config-schema.ts";
import {
  isExpectedStatus,
  judgeAnswer as judge,
  readCaptures,
  scalarAt,
} from "../../actions/smoke-test/src/http-rules.ts";
import type { Followed } from "../../shared/http/follow.ts";
import { Redactor } from "../../shared/runtime/redactor.ts";

const BODY = JSON.stringify({ status: "healthy", jobs: [{ ok: true }, { ok: true }], n: 3, none: null });

function answer(changes: Partial<Omit<Followed, "body">> & { readonly body?: string } = {}): Followed {
  const { body = BODY, ...rest } = changes;
  return {
    status: 200,
    url: new URL("https://shop.example/end"),
    headers: { "content-type": "application/json", "x-count": "50", "set-cookie": ["a=1", "b=2"] },
    redirects: [
      { status: 302, from: "https://shop.example/start", to: "https://shop.example/middle" },
      { status: 302, from: "https://shop.example/middle", to: "https://shop.example/end" },
    ],
    cookies: new Map([["session", "abc"]]),
    body: Buffer.from(body),
    ...rest,
  };
}

const judgeAnswer = (expected: ExpectConfig, seen: Followed) => judge(expected, seen, new Redactor());

/** As the schema reads it. */
function expectation(expect: object): ExpectConfig {
  const config = configSchema.parse({ checks: [{ name: "a", get: "https://h/", expect }] });
  return config.checks?.[0]?.expect ?? {};
}

const sha256 = createHash("sha256").update(BODY).digest("hex");

describe("an HTTP answer", () => {
  it.each<[object, string | undefined]>([
    [{}, undefined],
    [{ status: 200 }, undefined],
    [{ status: [404, "2xx"] }, undefined],
    [{ status: 204 }, "status: expected 204, got 200"],
    [{ status: ["3xx", 404] }, "status: expected 3xx or 404, got 200"],
    [{ headers: { "Content-Type": { contains: "json" } } }, undefined],
    [{ headers: { "x-count": { min: 50 } } }, undefined],
    [{ headers: { "x-count": 51 } }, 'header x-count: expected "51", got "50"'],
    [{ headers: { "x-missing": { exists: false } } }, undefined],
    [{ headers: { "x-missing": "a" } }, 'header x-missing: expected "a", got nothing'],
    [{ headers: { "set-cookie": "a=1, b=2" } }, undefined],
    [{ cookies: { session: "abc" } }, undefined],
    [{ cookies: { session: { length: 4 } } }, 'cookie session: expected length 4, got "abc"'],
    [{ json: { "$.status": "healthy", "$.n": { min: 3 } } }, undefined],
    [{ json: { "$.jobs[*].ok": true } }, undefined],
    [{ json: { "$.jobs[*].ok": false } }, "$.jobs[*].ok: expected false, got true"],
    [{ json: { "$.jobs": { length: 2 } } }, undefined],
    [{ json: { "$.missing": { exists: false } } }, undefined],
    [{ json: { "$.missing": null } }, "$.missing: expected null, got nothing"],
    [{ json: { "$.none": null } }, undefined],
    [{ contains: ["healthy", "jobs"] }, undefined],
    [{ contains: "sick" }, 'body: "sick" does not stand in it'],
    [{ matches: '"n":\\d' }, undefined],
    [{ matches: ["^never$"] }, "body: /^never$/ is not found in it"],
    [{ bytes: BODY.length }, undefined],
    [{ bytes: "> 1000" }, `bytes: expected > 1000, got ${BODY.length}`],
    [{ sha256: sha256.toUpperCase() }, undefined],
    [{ sha256: "0".repeat(64) }, `sha256: expected ${"0".repeat(64)}, got ${sha256}`],
    [{ redirects: 2 }, undefined],
    [{ redirects: 0 }, "redirects: expected 0, got 2"],
    [{ redirects: ["/middle", "https://shop.example/end"] }, undefined],
    [
      { redirects: ["/end"] },
      /^redirects: expected "https:\/\/shop.example\/end", got "https.*middle" → ".*end"$/ as never,
    ],
    [{ "final-url": "https://shop.example/end" }, undefined],
    [
      { "final-url": { matches: "/login$" } },
      'final-url: expected a match of //login$/, got "https://shop.example/end"',
    ],
  ])("against %j: %s", (expected, problem) => {
    const problems = judgeAnswer(expectation(expected), answer());
    const one = (problem as unknown) instanceof RegExp ? expect.stringMatching(problem as string) : problem;
    expect(problems).toEqual(problem === undefined ? [] : [one]);
  });

  it("has its headers read as UTF-8 where they are that, and as Latin-1 where not", () => {
    const latin1 = (text: string) => Buffer.from(text).toString("latin1");
    const headers = { "x-utf8": latin1("Zürich"), "x-latin1": "Zürich" };
    const expected = expectation({ headers: { "x-utf8": "Zürich", "x-latin1": "Zürich" } });
    expect(judgeAnswer(expected, answer({ headers }))).toEqual([]);
  });

  it("has every broken expectation told, not only the first", () => {
    const problems = judgeAnswer(expectation({ status: 204, contains: "sick", bytes: 1 }), answer());
    expect(problems).toHaveLength(3);
  });

  it("that is no JSON breaks every JSONPath at once", () => {
    const expected = expectation({ json: { "$.a": 1, "$.b": { exists: false } } });
    expect(judgeAnswer(expected, answer({ body: "<html>" }))).toEqual([
      "body: expected JSON, got something else",
    ]);
  });

  it("with no status expected passes for 2xx only", () => {
    const passing = [100, 199, 200, 204, 299, 300, 304, 404, 500].filter((status) =>
      isExpectedStatus([], status),
    );
    expect(passing).toEqual([200, 204, 299]);
  });
});

describe("a capture", () => {
  it("is taken from JSON, a header, a cookie, or the first group of an expression", () => {
    const sources = {
      n: "$.n",
      h: { header: "X-Count" },
      c: { cookie: "session" },
      g: { matches: '"status":"(\\w+)"' },
    };
    expect(Object.fromEntries(readCaptures(sources, answer()).captures)).toEqual({
      n: "3",
      h: "50",
      c: "abc",
      g: "healthy",
    });
  });

  it.each([
    ["a path that finds nothing", "$.missing"],
    ["a path that finds several", "$.jobs[*].ok"],
    ["a path to something that is no scalar", "$.jobs"],
    ["null", "$.none"],
    ["a missing header", { header: "x-none" }],
    ["an empty group", { matches: "()status" }],
  ])("of %s fails and names itself", (_name, source) => {
    expect(readCaptures({ token: source }, answer()).problems).toEqual([
      "capture token: there is no such value in the answer",
    ]);
  });

  it("of a scalar is its text", () => {
    expect([
      scalarAt("$.a", '{"a":true}'),
      scalarAt("$.a", '{"a":1.50}'),
      scalarAt("$.a", "no JSON"),
    ]).toEqual(["true", "1.5", undefined]);
  });
});
