import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { findCycle } from "../../actions/smoke-test/src/needs.ts";
import { certificates } from "../support/certificates.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { mistakes } from "../support/in-process.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type Config, runWith, type SmokeOptions, smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer(() => ({ body: "new" }));
});
afterEach(() => server.stop());

const refused = async (config: Config, options: SmokeOptions = {}) =>
  (await mistakes(smoke(config, options))).map(({ message }) => message);
const withExpect = (expectations: Config) => ({
  checks: [{ name: "a", get: server.origin, expect: expectations }],
});

describe("a config", () => {
  it.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
    "with ${%s}, which is no variable of the environment, is refused",
    async (name) => {
      const config = { checks: [{ name: "a", get: server.origin, headers: { x: `\${${name}}` } }] };
      expect(await refused(config)).toEqual([`checks[0].headers.x: \${${name}} is not set.`]);
    },
  );

  it.each(["json", "headers", "cookies"])("that expects nothing by %s is refused", async (key) => {
    expect(await refused(withExpect({ [key]: {} }))).toEqual([`checks[0].expect.${key}: is empty.`]);
  });

  it.each([
    ["a variable in the name of a check", { checks: [{ name: `a \${REGION}`, get: "http://h.example/" }] }],
    ["a variable in its needs", { checks: [{ name: "a", needs: `\${B}`, get: "http://h.example/" }] }],
  ])("with %s is refused: names are taken as they are", async (_what, config) => {
    expect((await refused(config, { env: { REGION: "eu", B: "b" } })).join()).toMatch(
      /is taken as it is, and can have no \$\{…\} in it/,
    );
  });

  it("with a key that would be dropped without a word is refused", async () => {
    const config = `checks: [{ name: a, post: "${server.origin}", json: { __proto__: { admin: true } } }]`;
    expect((await mistakes(smoke(config))).map(({ message }) => message)).toEqual([
      "__proto__: no key can have this name.",
    ]);
  });

  it("that expects no value, and something of it, is refused", async () => {
    const json = { "$.a": { exists: false, min: 1 } };
    expect((await refused(withExpect({ json }))).join()).toContain("exists: false leaves nothing");
  });

  it("takes the file of the authority from the environment too", async () => {
    const { authority } = await certificates();
    const folder = makeTempDir("authority");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "ca.pem");
    writeFileSync(file, authority.cert);
    const certificate = await authority.issue({ names: ["localhost"] });
    const secure = await startHttpServer(() => ({}), { certificate });
    onTestFinished(() => secure.stop());
    const config = { ca: "${CA_FILE}", checks: [{ name: "a", get: secure.origin }] };
    expect(verdicts(await smoke(config, { env: { CA_FILE: file } }))).toEqual({ a: "passed" });
  });

  it("needs no variable for the version whose place the input takes", async () => {
    const config = { version: { get: server.origin, equals: "${EXPECTED_SHA}" } };
    expect(verdicts(await smoke(config, { inputs: { "expect-version": "new" } }))).toEqual({
      version: "passed",
    });
    expect(await refused(config)).toEqual(["version.equals: ${EXPECTED_SHA} is not set."]);
  });

  it("whose circle of needs has countless ways around it is refused at once", () => {
    const names = Array.from({ length: 40 }, (_, index) => `c${index}`);
    const rest = names.slice(2);
    const needs = new Map([
      ["c0", ["c1"]],
      ["c1", rest],
      ...rest.map((name): [string, string[]] => [name, ["c0", ...rest.filter((other) => other !== name)]]),
    ]);
    expect(findCycle("c0", needs)).toEqual(["c0", "c1", "c2", "c0"]);
    expect(findCycle("c1", needs)).toBeUndefined();
  });
});

describe("the inputs of the SSH server", () => {
  const key = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  }).privateKey;
  const inputs = { "ssh-host": "deploy@server.example", "ssh-key": key };

  it("are refused where nothing would go through it", async () => {
    const refusal = ["input ssh-host: nothing would go through it."];
    expect(await refused(withExpect({ status: 200 }), { inputs })).toEqual(refusal);
    const simple = await mistakes(runWith({ url: server.origin, ...inputs }));
    expect(simple.map(({ message }) => message)).toEqual(refusal);
    expect(server.requests).toEqual([]);
  });
});

describe("a secret in the address", () => {
  it.each<[string, (origin: string) => Config]>([
    ["base-url", (at) => ({ "base-url": at, checks: [{ name: "a", get: "/" }] })],
    ["an origin of the version", (at) => ({ version: { get: "/v", origins: [at], equals: "new" } })],
  ])("of %s is masked", async (_where, configFor) => {
    const hook = "a-part-of-the-path";
    const result = await smoke(configFor(`${server.origin}/\${HOOK}`), { env: { HOOK: hook } });
    expect(result.outcome.result).toBe("passed");
    expect(result.secrets).toContain(hook);
  });
});
