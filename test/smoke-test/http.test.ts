import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, type HttpServer, startHttpServer } from "../support/http-server.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

const check = (changes: Config) => ({
  "base-url": server.origin,
  checks: [{ name: "it", get: "/", ...changes }],
});
const verdict = async (config: Config, env: Record<string, string> = {}) =>
  verdicts(await smoke(config, { env }))["it"];

const page: Answer = {
  headers: {
    "content-type": "text/html",
    "x-count": "7",
    "set-cookie": ["session=abc; HttpOnly", "gone=; Max-Age=0"],
  },
  body: "<h1>Shop</h1>",
};
const sha256 = createHash("sha256").update("<h1>Shop</h1>").digest("hex");

describe("an HTTP check", () => {
  it.each<[Config, Config]>([
    [{ status: 200 }, { status: "4xx" }],
    [{ headers: { "x-count": { min: 7 } } }, { headers: { "x-count": { min: 8 } } }],
    [{ cookies: { session: "abc", gone: { exists: false } } }, { cookies: { gone: { exists: true } } }],
    [{ contains: "Shop" }, { contains: ["Shop", "Cart"] }],
    [{ matches: "<h1>\\w+</h1>" }, { matches: "<h2>" }],
    [{ bytes: 13 }, { bytes: "> 13" }],
    [{ sha256 }, { sha256: "0".repeat(64) }],
    [{ redirects: 0 }, { redirects: 1 }],
    [{ "final-url": { matches: "/$" } }, { "final-url": { matches: "/login$" } }],
    [{ under: "20s" }, { under: "0ms" }],
    [{ json: { $: { exists: true } } }, { json: { "$.status": "healthy" } }],
  ])("passes with %j and fails with %j", async (right, wrong) => {
    server.answer(() => ("json" in right ? { json: { status: "sick" } } : page));
    expect(await verdict(check({ expect: right }))).toBe("passed");
    expect(await verdict(check({ expect: wrong }))).toMatch(/^failed: ./);
  });

  it.each(["get", "head", "post", "put", "patch", "delete", "options"])("sends %s", async (method) => {
    const result = await smoke({
      "base-url": server.origin,
      checks: [{ name: "it", [method]: "/path?q=1" }],
    });
    expect(verdicts(result)).toEqual({ it: "passed" });
    expect(server.requests).toMatchObject([{ method: method.toUpperCase(), url: "/path?q=1" }]);
  });

  it("sends the headers of the defaults, then its own, and cookies, all with their names filled in", async () => {
    const config = {
      ...check({ headers: { Authorization: `Bearer \${TOKEN}`, b: "own" }, cookies: { theme: `\${THEME}` } }),
      defaults: { headers: { a: "default", b: "default" } },
    };
    expect(await verdict(config, { TOKEN: "t-123\n", THEME: "dark" })).toBe("passed");
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: "Bearer t-123",
      a: "default",
      b: "own",
      cookie: "theme=dark",
    });
  });

  it("sends JSON, a form or a text with its content type", async () => {
    const word = `\${WORD}`;
    const checks = [
      { name: "json", post: "/json", json: { a: [word, 1, null] } },
      { name: "form", post: "/form", form: { a: word, b: "x y" } },
      { name: "body", post: "/body", body: `<${word}>`, headers: { "content-type": "text/xml" } },
    ];
    await smoke({ "base-url": server.origin, concurrency: 1, checks }, { env: { WORD: 'q"&' } });
    const seen = server.requests.map(({ headers, body }) => [headers["content-type"], body.toString()]);
    expect(seen).toEqual([
      ["application/json", '{"a":["q\\"&",1,null]}'],
      ["application/x-www-form-urlencoded", "a=q%22%26&b=x+y"],
      ["text/xml", '<q"&>'],
    ]);
  });

  it.each(["get", "delete"])("sends a body whole with %s too", async (method) => {
    await smoke({ "base-url": server.origin, checks: [{ name: "it", [method]: "/", json: { a: 1 } }] });
    expect(server.requests.map(({ body }) => body.toString())).toEqual(['{"a":1}']);
  });

  it("fills in names in its expectations", async () => {
    server.answer(() => ({ json: { sha: "abc123", url: "v1" } }));
    const config = check({ expect: { json: { "$.sha": `\${SHA}` }, matches: `"sha":"\${SHA}"` } });
    expect(await verdict(config, { SHA: "abc123" })).toBe("passed");
    expect(await verdict(config, { SHA: "other" })).toContain('$.sha: expected "other", got "abc123"');
  });

  it("turns a user and password in the address into basic authentication", async () => {
    const address = server.origin.replace("//", "//me:p%40ss@");
    expect(await verdict(check({ get: `${address}/x` }))).toBe("passed");
    expect(server.requests[0]).toMatchObject({
      url: "/x",
      headers: { authorization: `Basic ${btoa("me:p@ss")}` },
    });
  });

  it("with a value that no header can hold fails and says so", async () => {
    expect(await verdict(check({ headers: { a: `\${TWO_LINES}` } }), { TWO_LINES: "a\nb" })).toBe(
      "failed: header a: the value has a line end or another character that no header can hold",
    );
    expect(server.requests).toEqual([]);
  });

  it("connects to the address that it is told to, and keeps the Host", async () => {
    const config = check({ get: `http://shop.example:${server.port}/`, resolve: "127.0.0.1" });
    expect(await verdict(config)).toBe("passed");
    expect(server.requests[0]?.headers.host).toBe(`shop.example:${server.port}`);
  });

  it("to a name that does not exist fails", async () => {
    expect(await verdict(check({ get: "http://nowhere.invalid/" }))).toMatch(
      /^failed: the (host name does not resolve|name server did not answer)$/,
    );
  });
});
