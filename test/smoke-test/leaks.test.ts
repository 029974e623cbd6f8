import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { freePort, listenOnFreePort } from "../support/ports.ts";
import { runBuilt } from "./built-action.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

/** A secret with every character that some encoding treats in its own way. */
const makeSecret = () =>
  `${randomBytes(9).toString("base64url")}"&<'/\\ +%é#${randomBytes(9).toString("base64url")}`;

/** The ways in which a text can be printed and still be read. */
function encodings(secret: string): Readonly<Record<string, string>> {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return {
    plain: secret,
    base64: bytes.toString("base64"),
    "base64 after one byte": btoa(`x${bytes.toString("latin1")}`),
    "base64 within a text": btoa(`me:${bytes.toString("latin1")}\n`),
    base64url: bytes.toString("base64url"),
    hex: bytes.toString("hex"),
    "hex, upper case": bytes.toString("hex").toUpperCase(),
    uri: encodeURIComponent(secret),
    "uri, lower case": encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()),
    form: new URLSearchParams({ s: secret }).toString().slice(2),
    json,
    "json in json": JSON.stringify(json).slice(1, -1),
    xml: secret.replace(/[&<>"']/g, (special) => `&#${special.charCodeAt(0)};`),
    html: secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;"),
  };
}

/** What of an encoding depends on the secret alone: not the ends of base64, which hold bits of its neighbours. */
function core(name: string, form: string): string {
  return name.startsWith("base64") ? form.slice(6, -6) : form;
}

/** Where something of the secret stands in a text: an encoding of the whole, or ten characters of one of its halves. */
function traces(secret: string, text: string): string[] {
  const whole = Object.entries(encodings(secret)).filter(([name, form]) => text.includes(core(name, form)));
  const halves = [secret.slice(0, 12), secret.slice(-12)];
  const pieces = halves.flatMap((half) => [0, 1, 2].map((from) => half.slice(from, from + 10)));
  const found = pieces.filter((piece) => text.includes(piece)).map((piece) => `the piece ${piece}`);
  return [...whole.map(([name]) => name), ...found];
}

describe("a secret", () => {
  it("does not get out, though the server echoes it in every way and every expectation shows what it saw", async () => {
    const secrets = {
      TOKEN: makeSecret(),
      PASSWORD: makeSecret(),
      COOKIE: randomBytes(16).toString("base64url"),
      REDIS_WORD: makeSecret(),
      HOOK: randomBytes(16).toString("hex"),
      captured: makeSecret(),
    };
    const header = Buffer.from(secrets.TOKEN, "utf8").toString("latin1");
    server.answer(({ url, headers, body }) => {
      const all = [secrets.TOKEN, secrets.PASSWORD, secrets.captured];
      if (url === "/capture") return { json: { token: secrets.captured } };
      if (url.startsWith("/redirect"))
        return { status: 302, headers: { location: `/end?key=${encodeURIComponent(secrets.PASSWORD)}` } };
      return {
        headers: { "x-echo": String(headers["x-token"] ?? "-"), "set-cookie": `session=${secrets.COOKIE}` },
        json: {
          headers,
          body: body.toString(),
          nested: JSON.stringify(JSON.stringify(all)),
          encoded: all.map((secret) => Object.values(encodings(secret))),
          padded: Object.fromEntries(
            [90, 108, 115, 119, 280, 340, 362].map((width) => [
              `w${width}`,
              `${"x".repeat(width)}${secrets.TOKEN}`,
            ]),
          ),
        },
      };
    });
    const redis = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .on("data", (data) => socket.end(`-ERR no such password ${data.toString().split("\r\n")[4]}\r\n`));
    });
    const redisPort = await listenOnFreePort(redis);
    const paths = ["$.headers", "$.body", "$.nested", "$.encoded", "$.encoded[*][*]", "$.padded.*"];
    const expected = Object.fromEntries(paths.map((path) => [path, "nothing like it"]));
    const wrong = { json: expected, headers: { "x-echo": "nothing" }, cookies: { session: "nothing" } };
    const basic = new URL(server.origin);
    basic.username = "me";
    basic.password = encodeURIComponent(secrets.PASSWORD);
    const config = {
      "base-url": server.origin,
      defaults: { retries: 1, interval: "10ms" },
      checks: [
        {
          name: "echo",
          needs: "capture",
          post: `/echo/\${HOOK}`,
          headers: { "x-token": `\${HEADER}`, authorization: `Bearer \${ASCII}` },
          json: { password: `\${PASSWORD}`, pin: `\${TOKEN}` },
          expect: wrong,
        },
        {
          name: "cookie",
          needs: "capture",
          get: "/cookie",
          cookies: { session: `\${COOKIE}` },
          expect: wrong,
        },
        { name: "basic", needs: "capture", get: basic.href, expect: wrong },
        ...["w90", "w108", "w115", "w119", "w280", "w340", "w362"].map((width) => ({
          name: `padded ${width}`,
          get: "/",
          expect: { json: { [`$.padded.${width}`]: 1 } },
        })),
        ...encodingChecks(),
        { name: "redirect", get: "/redirect", expect: { redirects: 0, "final-url": "https://nowhere" } },
        { name: "capture", get: "/capture", capture: { captured: "$.token" } },
        {
          name: "captured",
          needs: "capture",
          get: "/",
          headers: { "x-token": "plain" },
          body: `\${captured}`,
          expect: wrong,
        },
        { name: "redis", redis: `redis://:${encodeURIComponent(secrets.REDIS_WORD)}@127.0.0.1:${redisPort}` },
        {
          name: "postgres",
          postgres: `postgres://me:${encodeURIComponent(secrets.PASSWORD)}@127.0.0.1:${await freePort()}/d`,
        },
      ],
    };
    const { captured: _captured, ...env } = secrets;
    const result = await runBuilt(config, {
      env: { ...env, HEADER: header, ASCII: secrets.HOOK, RUNNER_DEBUG: "1" },
    });
    redis.close();
    await once(redis, "close");
    expect(result.outputs).toMatchObject({ result: "failed", passed: "1", skipped: "0" });
    for (const [name, secret] of Object.entries(secrets))
      expect(traces(secret, result.left), name).toEqual([]);
    for (const check of result.report.checks ?? []) {
      if (check.name !== "capture" && check.name !== "postgres")
        expect(check.problems.join(), check.name).toContain("***");
    }
  });

  it("that the version endpoint echoes does not get out either", async () => {
    const TOKEN = makeSecret().replace("é", "e");
    server.answer(({ headers }) => ({ body: `${"v".repeat(190)}${headers.authorization}` }));
    const version = { get: "/version", equals: "1", headers: { authorization: `Bearer \${TOKEN}` } };
    const result = await runBuilt(
      { "base-url": server.origin, defaults: { retries: 0 }, version },
      { env: { TOKEN } },
    );
    expect(result.outputs["version"]).toContain("vvv");
    expect(traces(TOKEN, result.left)).toEqual([]);
  });

  it("would be found by these tests in every encoding, and in part", () => {
    const secret = makeSecret();
    for (const [name, form] of Object.entries(encodings(secret)))
      expect(traces(secret, `a ${form} z`)).toContain(name);
    expect(traces(secret, secret.slice(0, 10))).toHaveLength(1);
  });
});

/** One check for each encoding of each echoed secret, since a long list of values is cut before its end. */
function encodingChecks(): object[] {
  const count = Object.keys(encodings("x")).length;
  return [0, 1, 2].flatMap((secret) =>
    Array.from({ length: count }, (_, index) => ({
      name: `encoding ${secret} ${index}`,
      get: "/",
      needs: "capture",
      expect: { json: { [`$.encoded[${secret}][${index}]`]: "nothing like it" } },
    })),
  );
}

describe("the text of a server", () => {
  it("cannot issue commands, set outputs, or make annotations", async () => {
    const hostile =
      "\n::error::owned\n::set-output name=passed::999\n##[error]owned\n::add-mask::passed\n::stop-commands::x\r\n";
    server.answer(() => ({ json: { text: hostile }, headers: { "x-text": "::error::owned" } }));
    const redis = createServer((socket) => {
      socket.on("error", () => undefined).on("data", () => socket.end("-::error::owned ##[error]owned\r\n"));
    });
    const port = await listenOnFreePort(redis);
    const result = await runBuilt({
      "base-url": server.origin,
      defaults: { retries: 0 },
      checks: [
        {
          name: "text\n::error::owned",
          get: "/",
          expect: { json: { "$.text": "calm" }, headers: { "x-text": "calm" }, contains: hostile },
        },
        { name: "redis", redis: `redis://127.0.0.1:${port}` },
      ],
    });
    redis.close();
    const version = await runBuilt({
      "base-url": server.origin,
      defaults: { retries: 0 },
      version: { get: "/", json: "$.text", equals: `calm` },
    });
    expect(result.outputs).toMatchObject({ passed: "0", failed: "2" });
    expect(result.annotations.map(({ level }) => level)).toEqual(["error", "error"]);
    expect(version.annotations).toMatchObject([{ level: "error", title: "smoke-test: version" }]);
    for (const { stdout } of [result, version]) {
      const commands = stdout.match(/^\s*::[a-z-]+|##\[/gm) ?? [];
      expect(new Set(commands.map((command) => command.trim()))).toEqual(
        new Set(["::group", "::endgroup", "::error"]),
      );
      expect(stdout).not.toMatch(/^::error::/m);
    }
  });
});
