import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { type Config, runWith, smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
let other: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
  other = await startHttpServer();
});
afterEach(() => Promise.all([server.stop(), other.stop()]));

/** Answers with these versions in turn, the last one for ever. */
function serve(target: HttpServer, ...versions: string[]): void {
  let asked = 0;
  target.answer(({ url }) => {
    if (url !== "/version") return {};
    const sha = versions[Math.min(asked, versions.length - 1)];
    asked += 1;
    return { json: { sha }, headers: { "x-version": `v${sha}` } };
  });
}
const config = (version: Config, rest: Config = {}) => ({
  "base-url": server.origin,
  version: { get: "/version", json: "$.sha", equals: "new", ...version },
  checks: [{ name: "health", get: "/health" }],
  ...rest,
});
const asked = (target: HttpServer) => target.requests.filter(({ url }) => url === "/version").length;

describe("the version", () => {
  it("is waited for before anything else is checked", async () => {
    serve(server, "old", "old", "old", "new");
    const result = await smoke(config({ retries: 5 }));
    expect(verdicts(result)).toEqual({ version: "passed", health: "passed" });
    expect(result.checks[0]?.attempts).toBe(4);
    expect(result.outcome.outputs["version"]).toBe("new");
    expect(server.requests.map(({ url }) => url).indexOf("/health")).toBe(6);
  });

  it("must be seen so many times in a row, each time on a connection of its own", async () => {
    serve(server, "new");
    expect(verdicts(await smoke(config({ consecutive: 4 })))["version"]).toBe("passed");
    expect(asked(server)).toBe(4);
    expect(server.connections()).toBeGreaterThanOrEqual(4);
  });

  it("never passes behind a load balancer that flaps, and names expected and last seen", async () => {
    serve(server, ...Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? "new" : "old")));
    const result = await smoke(config({ retries: 5, consecutive: 2 }));
    expect(verdicts(result)).toEqual({
      version: "failed: expected version new, last seen old, after 1 right answer",
      health: "skipped: the expected version is not what is running",
    });
    expect(asked(server)).toBe(12);
    expect(result.version).toEqual({
      expected: "new",
      seen: [{ origin: new URL(server.origin).host, version: "old" }],
    });
  });

  it("is not proven by a server that is only healthy", async () => {
    serve(server, "old");
    const result = await smoke(config({}));
    expect(result.outcome).toMatchObject({
      result: "failed",
      outputs: { passed: 0, failed: 1, skipped: 1, version: "old" },
    });
    expect(server.requests.map(({ url }) => url)).not.toContain("/health");
  });

  it("must be served by every origin, and the one that does not is named", async () => {
    serve(server, "new");
    serve(other, "old");
    const version = { origins: [server.origin, other.origin] };
    const failed = await smoke(config(version));
    const [here, there] = [server, other].map(({ port }) => `version at 127.0.0.1:${port}`) as [
      string,
      string,
    ];
    expect(verdicts(failed)).toMatchObject({
      [here]: "passed",
      [there]: "failed: expected version new, last seen old",
    });
    serve(other, "new");
    expect((await smoke(config(version))).outcome.result).toBe("passed");
  });

  it("is asked for at every address by the name of the base", async () => {
    serve(server, "new");
    const base = `http://shop.example:${server.port}`;
    const result = await smoke(
      config(
        { addresses: ["127.0.0.1"] },
        { "base-url": base, checks: [{ name: "health", tcp: `127.0.0.1:${server.port}` }] },
      ),
    );
    expect(verdicts(result)).toEqual({ version: "passed", health: "passed" });
    expect(server.requests[0]?.headers.host).toBe(`shop.example:${server.port}`);
  });

  it.each<[string, Config, string]>([
    ["a header", { json: undefined, header: "X-Version", equals: "vnew" }, "passed"],
    ["the body", { json: undefined, equals: '{"sha":"new"}' }, "passed"],
    [
      "a path with nothing in it",
      { json: "$.version" },
      "failed: expected version new, got an answer without a version",
    ],
    [
      "a missing header",
      { json: undefined, header: "x-none" },
      "failed: expected version new, got an answer without a version",
    ],
    ["an error page", { get: "/nowhere" }, "failed: status: expected 2xx, got 404"],
  ])("is read from %s", async (_name, version, verdict) => {
    server.answer(({ url }) =>
      url === "/nowhere"
        ? { status: 404, json: { sha: "new" } }
        : { json: { sha: "new" }, headers: { "x-version": "vnew" } },
    );
    expect(verdicts(await smoke(config(version)))["version"]).toBe(verdict);
  });

  it("that is only the beginning of the expected one does not pass, and the hint says so", async () => {
    serve(server, "0123456");
    const result = await smoke(config({ equals: "0123456789" }));
    expect(verdicts(result)["version"]).toBe("failed: expected version 0123456789, last seen 0123456");
    expect(result.checks[0]?.hint).toContain("only the beginning");
  });

  it("comes from the input, or from the environment with blanks around it", async () => {
    serve(server, "new");
    const byInput = await smoke(config({ equals: "something else" }), {
      inputs: { "expect-version": "new" },
    });
    expect(byInput.outcome.result).toBe("passed");
    const byEnv = await smoke(config({ equals: `\${SHA}` }), { env: { SHA: "new\n" } });
    expect(byEnv.outcome.result).toBe("passed");
  });
});

describe("the simple case", () => {
  const quick = { retries: "0", interval: "20ms" };

  it("checks a url for 2xx, or for the status that is expected", async () => {
    server.answer(() => ({ status: 418 }));
    const url = `${server.origin}/health`;
    const plain = await runWith({ ...quick, url });
    expect(verdicts(plain)).toEqual({ url: "failed: status: expected 2xx, got 418" });
    expect(plain.checks[0]?.where).toEqual({ input: "url" });
    expect((await runWith({ ...quick, url, "expect-status": "200, 4xx" })).outcome.result).toBe("passed");
  });

  it("takes a url as it is, whatever is in it", async () => {
    expect((await runWith({ ...quick, url: `${server.origin}/?q=\${NAME}&r=$\${X}` })).outcome.result).toBe(
      "passed",
    );
    expect(server.requests[0]?.url).toBe(`/?q=\${NAME}&r=$\${X}`);
  });

  it.each([
    [{ "version-json": "$.sha", "expect-version": "new" }, "passed"],
    [{ "version-header": "x-version", "expect-version": "vnew" }, "passed"],
    [{ "version-json": "$.sha", "expect-version": "newer" }, "failed"],
  ])("with %j is %s", async (inputs, result) => {
    serve(server, "new");
    const urls = { url: `${server.origin}/health`, "version-url": `${server.origin}/version` };
    expect((await runWith({ ...quick, ...urls, ...inputs })).outcome.result).toBe(result);
  });

  it("asks the url itself for the version, or the version alone", async () => {
    server.answer(() => ({ body: "v7\n" }));
    const both = await runWith({ ...quick, url: server.origin, "expect-version": "v7" });
    expect(verdicts(both)).toEqual({ version: "passed", url: "passed" });
    const alone = await runWith({ ...quick, "version-url": server.origin, "expect-version": "v7" });
    expect(verdicts(alone)).toEqual({ version: "passed" });
  });

  it("tries again as often as the input says, and keeps watching for the stability", async () => {
    server.answer(() => ({ status: server.requests.length < 3 ? 503 : 200 }));
    const result = await runWith({ url: server.origin, retries: "2", interval: "20ms", stability: "600ms" });
    expect(verdicts(result)).toEqual({ url: "passed", stability: "passed" });
    expect(result.checks[0]?.attempts).toBe(3);
    expect(server.requests.length).toBeGreaterThan(3);
  });
});
