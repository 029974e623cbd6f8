import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configSchema } from "../../actions/smoke-test/src/config-schema.ts";
import { makePlan } from "../../actions/smoke-test/src/plan.ts";
import { readConfig } from "../../shared/runtime/config.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { runs } from "../support/effort.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { mistakes } from "../support/in-process.ts";
import { type Config, runWith, type SmokeOptions, smoke } from "./smoke.ts";

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(async () => {
  expect(server.requests, "nothing is sent for a config that is refused").toEqual([]);
  await server.stop();
});

const told = async (config: Config | string, options?: SmokeOptions) =>
  (await mistakes(smoke(config, options))).map(({ message }) => message);

describe("a config with mistakes", () => {
  it("has them reported all at once, each with its line, and nothing is sent", async () => {
    const config = [
      `base-url: ${server.origin}`,
      "checks:",
      "  - name: good",
      "    get: /",
      "  - name: unknown key",
      "    get: /",
      "    expct: { status: 200 }",
      "  - name: empty list",
      "    get: /",
      "    expect: { status: [] }",
      "  - name: bad JSONPath",
      "    get: /",
      "    expect: { json: { '$.[': 1 } }",
      "  - name: no scheme",
      "    get: shop.example/health",
      "  - name: port out of range",
      "    get: https://shop.example:65536/",
      "  - name: no port",
      "    tls: shop.example",
      "  - name: two things",
      "    get: /",
      "    tcp: shop.example:1",
      "load:",
      "  - name: few",
      "    get: /",
      "    samples: 0",
      "    expect: { p95: fast }",
    ].join("\n");
    const found = await mistakes(smoke(config));
    const byLine = Object.fromEntries(found.map(({ message, where }) => [where?.line, message]));
    expect(byLine).toEqual({
      7: "checks[1].expct: unknown key.",
      10: "checks[2].expect.status: must not be an empty list.",
      13: expect.stringContaining("is not a JSONPath"),
      15: "checks[4].get: has no scheme; write it like https://shop.example/health, or a path /health.",
      17: "checks[5].get: has a port out of range; it must be from 1 to 65535.",
      19: expect.stringContaining("checks[6].tls: must be host:port"),
      20: expect.stringContaining("says two things to check (get, tcp)"),
      26: "load[0].samples: must be at least 1.",
      27: 'load[0].expect.p95: must be a bound such as "< 500ms".',
    });
    expect(found[0]?.hint).toContain('Did you mean "expect"?');
  });

  it.each<[string, Config, string | RegExp]>([
    ["nothing to check", {}, "nothing to check; add version, checks or load"],
    ["no checks in the list", { checks: [] }, "checks: must not be an empty list."],
    ["a check of nothing", { checks: [{ name: "a" }] }, /says not what to check/],
    [
      "a key of another kind",
      { checks: [{ name: "a", tcp: "h:1", query: "select 1" }] },
      /query: does not go with a tcp check/,
    ],
    [
      "an expectation of another kind",
      { checks: [{ name: "a", redis: "redis://h", expect: { status: 200 } }] },
      /status: does not go with a redis check/,
    ],
    [
      "two bodies",
      { checks: [{ name: "a", post: "https://h/", body: "x", json: {} }] },
      /json: there is a body already/,
    ],
    [
      "two bodies of a load sample",
      { load: [{ name: "a", post: "https://h/", body: "x", form: {}, samples: 1, expect: { p50: "1s" } }] },
      /form: there is a body already/,
    ],
    [
      "an empty matcher",
      { checks: [{ name: "a", get: "https://h/", expect: { headers: { a: {} } } }] },
      /needs at least one condition/,
    ],
    [
      "a bad expression",
      { checks: [{ name: "a", get: "https://h/", expect: { matches: "(" } }] },
      /is not a regular expression/,
    ],
    [
      "an empty expression, which everything matches",
      { checks: [{ name: "a", get: "https://h/", expect: { matches: "" } }] },
      /must not be empty/,
    ],
    [
      "a bad header name",
      { checks: [{ name: "a", get: "https://h/", headers: { "a b": "c" } }] },
      /is not a header name/,
    ],
    [
      "a duration without a unit",
      { checks: [{ name: "a", get: "https://h/", timeout: "5" }] },
      /must be a duration/,
    ],
    [
      "a base-url that is a path",
      { "base-url": "/app", checks: [{ name: "a", get: "/" }] },
      /base-url: must be a whole address/,
    ],
    [
      "a path without a base-url",
      { checks: [{ name: "a", get: "/health" }] },
      /is a path, and there is no base-url/,
    ],
    [
      "one name twice",
      {
        checks: [
          { name: "a", tcp: "h:1" },
          { name: "a", tcp: "h:2" },
        ],
      },
      /two checks have the name "a"/,
    ],
    [
      "an unknown need",
      {
        checks: [
          { name: "login", tcp: "h:1" },
          { name: "b", tcp: "h:1", needs: "logn" },
        ],
      },
      /needs "logn", and there is no such check/,
    ],
    [
      "a circle of needs",
      {
        checks: [
          { name: "a", tcp: "h:1", needs: "b" },
          { name: "b", tcp: "h:1", needs: "a" },
        ],
      },
      /in a circle: a → b → a/,
    ],
    [
      "SSH without a server",
      { checks: [{ name: "a", tcp: "h:1", via: "ssh" }] },
      /does not say through which server/,
    ],
    [
      "resolve for an IP address",
      { checks: [{ name: "a", get: "http://127.0.0.1/", resolve: "::1" }] },
      /names an IP address already/,
    ],
    [
      "too few samples for a p99",
      { load: [{ name: "a", get: "https://h/", samples: 99, expect: { p99: "1s" } }] },
      /99 samples are fewer than 100/,
    ],
    [
      "a version that is not said",
      { version: { get: "https://h/" } },
      /does not say which version is expected/,
    ],
    [
      "origins and addresses",
      {
        "base-url": "https://h",
        version: { get: "/", equals: "1", origins: ["https://h"], addresses: ["::1"] },
      },
      /exclude each other/,
    ],
    [
      "two places for the version",
      { version: { get: "https://h/", equals: "1", json: "$.a", header: "b" } },
      /json and header exclude each other/,
    ],
    [
      "a stability window with nothing to repeat",
      { stability: "5s", checks: [{ name: "a", post: "https://h/" }] },
      /nothing that can be repeated/,
    ],
    [
      "a bad database URL",
      { checks: [{ name: "a", postgres: "mysql://u@h/d" }] },
      /checks\[0\].postgres: .*does not begin with postgres:/,
    ],
  ])("is refused: %s", async (_name, config, expected) => {
    const messages = await told(config);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(expected);
  });

  it("has each missing name told once, with the two reasons apart and its place", async () => {
    const config = `checks:\n  - name: a\n    get: "\${HOST}/x"\n    headers: { a: "\${TOKEN}", b: "\${TOKEN}" }\n`;
    const found = await mistakes(smoke(config, { env: { TOKEN: "" } }));
    expect(found.map(({ message, where }) => [where?.line, message])).toEqual([
      [3, `checks[0].get: \${HOST} is not set.`],
      [4, `checks[0].headers.a: \${TOKEN} is empty.`],
    ]);
    expect(found[0]?.hint).toContain("Add 'HOST' to the 'env' of the step");
  });

  it("that uses a capture without needing its check is told what to add", async () => {
    const config = {
      checks: [
        { name: "login", get: "https://h/", capture: { token: "$.token" } },
        { name: "use", get: "https://h/", headers: { authorization: `Bearer \${token}` } },
      ],
    };
    const [found] = await mistakes(smoke(config));
    expect(found?.message).toContain('is captured by the check "login", which this one does not need');
    expect(found?.hint).toContain("Add 'needs: login'.");
  });

  it("that is wrong only once a name is filled in is refused too, without the value", async () => {
    const config = {
      "base-url": `\${BASE}`,
      checks: [
        { name: "a", get: "/" },
        { name: "b", get: "/b" },
        { name: "c", tcp: `\${PLACE}` },
        { name: "d", redis: `\${REDIS_URL}` },
        { name: "e", postgres: `\${DATABASE_URL}` },
      ],
    };
    const env = {
      BASE: "s3cr3t.example",
      PLACE: "s3cr3t",
      REDIS_URL: "s3cr3t",
      DATABASE_URL: "postgres:s3cr3t",
    };
    const found = await mistakes(smoke(config, { env }));
    expect(found.map(({ message }) => message.split(":")[0])).toEqual([
      "base-url",
      "checks[2].tcp",
      "checks[3].redis",
      "checks[4].postgres",
    ]);
    expect(JSON.stringify(found.map(({ message, hint }) => [message, hint]))).not.toContain("s3cr3t");
  });
});

describe("the inputs", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ["neither config nor url", {}, /config: is missing, and so is url/],
    [
      "a config that is not there",
      { config: "nowhere/smoke.yml" },
      /nowhere\/smoke.yml cannot be read \(ENOENT\)/,
    ],
    ["a config that is a folder", { config: "." }, /cannot be read \(EISDIR\)/],
    ["a url without a scheme", { url: "shop.example" }, /input url: has no scheme/],
    ["a url that is a path", { url: "/health" }, /input url: is only a path/],
    [
      "a status that is none",
      { url: "https://h", "expect-status": "ok" },
      /input expect-status: must be a status/,
    ],
    [
      "a bad JSONPath",
      { url: "https://h", "expect-version": "1", "version-json": "sha[" },
      /input version-json: is not a JSONPath/,
    ],
    [
      "a place for the version and no version",
      { url: "https://h", "version-json": "$.sha" },
      /is given without expect-version/,
    ],
    [
      "retries that are no number",
      { url: "https://h", retries: "2x" },
      /input retries: must be a whole number/,
    ],
    [
      "a stability that cannot be",
      { url: "https://h", stability: "soon" },
      /input stability: must be a duration/,
    ],
  ])("are refused: %s", async (_name, inputs, expected) => {
    const found = await mistakes(runWith(inputs));
    expect(found.map(({ message }) => message)).toEqual([expect.stringMatching(expected)]);
    expect(found[0]?.where?.input).toBe(found[0]?.message.match(/^input ([\w-]+)/)?.[1]);
  });

  it("of the simple case do not go together with a config, and each one is told", async () => {
    const found = await mistakes(
      runWith({ config: "smoke.yml", url: "https://h", "version-url": "https://h" }),
    );
    expect(found.map(({ where }) => where?.input)).toEqual(["url", "version-url"]);
  });

  it("with a password and a mistake in the url never repeat it", async () => {
    const found = await mistakes(runWith({ url: "https://user:s3cr3t@h:99999/" }));
    expect(found[0]?.message).toContain("port out of range");
    expect(JSON.stringify([found[0]?.message, found[0]?.hint])).not.toContain("s3cr3t");
  });

  it("with an expect-version need a place in the file to ask for it", async () => {
    const options = { inputs: { "expect-version": "1" } };
    expect(await told({ checks: [{ name: "a", tcp: "h:1" }] }, options)).toEqual([
      expect.stringContaining("the file does not say where to ask"),
    ]);
  });
});

describe("any config at all", () => {
  const place = { file: "smoke.yml", line: 1 };
  const plan = (text: string, env: Record<string, string>) => {
    const { value: config } = readConfig(text, "smoke.yml", configSchema);
    const overrides = {
      expectVersion: undefined,
      retries: undefined,
      intervalMs: undefined,
      stabilityMs: undefined,
    };
    makePlan({ config, overrides, env, hasSsh: false, whereOf: () => place });
  };
  const refusedOrPlanned = (text: string, env: Record<string, string> = {}) => {
    try {
      plan(text, env);
      return "planned";
    } catch (error) {
      if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
      return "refused";
    }
  };

  const word = fc.constantFrom(
    "/",
    "https://h/x",
    "$.a",
    `\${A}`,
    `$\${A}`,
    "5s",
    "< 5%",
    "200",
    "",
    "h:1",
    "redis://h",
    "postgres://u@h/d",
    "a",
    "b",
    "(",
    "__proto__",
  );
  const leaf = fc.oneof(word, fc.constantFrom<unknown>(0, 1, 200, -1, true, null, [], {}), fc.string());
  const keys = [
    "name",
    "get",
    "post",
    "tls",
    "tcp",
    "postgres",
    "redis",
    "needs",
    "expect",
    "status",
    "json",
    "headers",
    "capture",
    "query",
    "via",
    "resolve",
    "timeout",
    "retries",
    "samples",
    "p95",
    "errors",
    "version",
    "equals",
    "checks",
    "load",
    "base-url",
    "defaults",
    "stability",
    "body",
    "form",
    "cookies",
    "__proto__",
    "constructor",
  ];
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium" },
      leaf,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie("tree"), { maxKeys: 5 }),
    ),
  }));
  const check = fc.record(
    {
      name: fc.constantFrom("a", "b", "c"),
      get: word,
      needs: word,
      headers: fc.dictionary(fc.constantFrom("a", "authorization"), word),
      expect: tree,
      capture: tree,
      via: word,
      resolve: word,
      retries: leaf,
    },
    { requiredKeys: ["name", "get"] },
  );
  const nearlyRight = fc.record(
    {
      "base-url": fc.constantFrom("https://h", "h", `\${A}`),
      version: tree,
      checks: fc.array(check, { maxLength: 3 }),
      load: tree,
      stability: word,
    },
    { requiredKeys: ["checks"] },
  );

  it("is planned or refused with the user's own mistakes, never with an internal error", () => {
    const verdicts = new Set<string>();
    const env = fc.constantFrom<Record<string, string>>({}, { A: "" }, { A: "https://h/" }, { A: "/x" });
    fc.assert(
      fc.property(fc.oneof(tree, nearlyRight), env, (value, variables) => {
        verdicts.add(refusedOrPlanned(JSON.stringify(value ?? null), variables));
      }),
      { numRuns: runs(400, 20_000), examples: [[{ checks: [{ name: "a", get: "https://h/" }] }, {}]] },
    );
    expect(verdicts).toEqual(new Set(["planned", "refused"]));
  });

  it("of broken YAML is refused with its place", () => {
    const lines = fc.constantFrom(
      "checks:",
      "  - name: a",
      "    get: /",
      "base-url: https://h",
      "x: &a [*a]",
      "\t- y",
      "? {",
      "'",
      "<<: *b",
      "- - -",
      "%YAML 9",
      "---",
      "\u0000",
      "a: !!js/function x",
      ": :",
      "é: ü",
    );
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 8 }), (parts) => {
        expect(refusedOrPlanned(parts.join("\n"))).toMatch(/planned|refused/);
      }),
      { numRuns: runs(400, 20_000) },
    );
  });
});
