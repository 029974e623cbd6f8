import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { exchange } from "../../shared/http/exchange.ts";
import { follow } from "../../shared/http/follow.ts";
import { type Certificates, certificates, makeAuthority } from "../support/certificates.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { forwardTo } from "./forward.ts";
import { agentsFor, errorOf, get, pooled, requestTo, shown } from "./request.ts";

let made: Certificates;
let ca: string;
let plain: HttpServer;
let secure: HttpServer;
beforeAll(async () => {
  made = await certificates();
  ca = made.authority.cert;
  const shop = await made.authority.issue({ names: ["shop.test", "10.9.8.7"] });
  plain = await startHttpServer(() => ({ body: "plain" }));
  secure = await startHttpServer(() => ({ body: "secure" }), {
    certificate: shop,
    byName: { localhost: made.good, "expired.test": made.expired, "self.test": made.selfSigned },
  });
});
afterAll(() => Promise.all([plain?.stop(), secure?.stop()]));

describe("trust", () => {
  it("is given to an own authority besides the known ones", async () => {
    expect(shown(await get(secure.origin, {}, { ca }))).toEqual([200, "secure"]);
  });

  it("is given to several authorities in one text", async () => {
    const both = `${(await makeAuthority("Another")).cert}\n${ca}`;
    expect(shown(await get(secure.origin, {}, { ca: both }))).toEqual([200, "secure"]);
  });

  it("is given to a certificate whose intermediate the server sends along", async () => {
    const below = await made.authority.intermediate("Below");
    const server = await startHttpServer(() => ({ body: "below" }), { certificate: await below.issue() });
    const answer = await get(server.origin, {}, { ca });
    await server.stop();
    expect(shown(answer)).toEqual([200, "below"]);
  });

  it("is refused to an authority that nobody named", async () => {
    const error = await errorOf(get(secure.origin));
    expect(error.code).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  it("is refused to other authorities when an own one is named", async () => {
    const other = (await makeAuthority("Another")).cert;
    expect((await errorOf(get(secure.origin, {}, { ca: other }))).code).toBe(
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    );
  });

  it.each([
    ["expired.test", "CERT_HAS_EXPIRED"],
    ["self.test", "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["other.test", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("is refused to the certificate of %s: %s, directly and through a tunnel", async (name, code) => {
    const url = `https://${name}:${secure.port}`;
    const forward = forwardTo(secure.port).open;
    expect((await errorOf(get(url, {}, { ca, address: "127.0.0.1" }))).code).toBe(code);
    expect((await errorOf(get(url, {}, { ca, forward }))).code).toBe(code);
  });
});

describe("a fixed address", () => {
  it("keeps the Host header of the URL", async () => {
    const answer = await get(`http://shop.test:${plain.port}/a`, {}, { address: "127.0.0.1" });
    expect(shown(answer)).toEqual([200, "plain"]);
    expect(plain.requests.at(-1)?.headers.host).toBe(`shop.test:${plain.port}`);
  });

  it("keeps the name in the TLS handshake, and the certificate is checked for it", async () => {
    const answer = await get(`https://shop.test:${secure.port}`, {}, { ca, address: "127.0.0.1" });
    expect(shown(answer)).toEqual([200, "secure"]);
    expect(secure.requests.at(-1)?.servername).toBe("shop.test");
  });

  it("goes before an address that stands in the URL, which the certificate is still checked for", async () => {
    const route = { ca, address: "127.0.0.1" };
    expect(shown(await get(`http://10.9.8.7:${plain.port}`, { timeoutMs: 2_000 }, route))).toEqual([
      200,
      "plain",
    ]);
    expect(shown(await get(`https://10.9.8.7:${secure.port}`, { timeoutMs: 2_000 }, route))).toEqual([
      200,
      "secure",
    ]);
    const error = await errorOf(get(`https://10.1.1.1:${secure.port}`, { timeoutMs: 2_000 }, route));
    expect(error.code).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("is not asked of a proxy", async () => {
    const proxyEnv = { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" };
    const answer = await get(`http://shop.test:${plain.port}`, {}, { address: "127.0.0.1", proxyEnv });
    expect(shown(answer)).toEqual([200, "plain"]);
  });
});

describe.each(["http", "https"] as const)("a tunnel for %s", (scheme) => {
  const server = () => (scheme === "http" ? plain : secure);
  const url = (path = "") => `${scheme}://shop.test${path}`;

  it("is opened to the host and port of the URL, and the request names that host", async () => {
    const forward = forwardTo(server().port);
    await get(url("/a"), {}, { ca, forward: forward.open });
    await get(`${scheme}://shop.test:8443/b`, {}, { ca, forward: forward.open });
    expect(forward.asked).toEqual([scheme === "http" ? "shop.test:80" : "shop.test:443", "shop.test:8443"]);
    expect(server().requests.at(-1)).toMatchObject({ url: "/b", headers: { host: "shop.test:8443" } });
    expect(server().requests.at(-1)?.servername).toBe(scheme === "http" ? undefined : "shop.test");
  });

  it("is used again for the next request, however many there are", async () => {
    const forward = forwardTo(server().port);
    const agents = agentsFor({ ca, forward: forward.open });
    for (let i = 0; i < 20; i++) expect((await exchange(agents, requestTo(url()))).status).toBe(200);
    expect(forward.asked.length).toBe(1);
    expect(pooled(agents)).toEqual({ busy: 0, idle: 1 });
    const [stream] = forward.streams;
    expect(stream?.listenerCount("error")).toBeLessThan(10);
    expect(stream?.listenerCount("close")).toBeLessThan(10);
  });

  it("is closed after each request when connections are not kept", async () => {
    const forward = forwardTo(server().port);
    const agents = agentsFor({ ca, keepAlive: false, forward: forward.open });
    for (let i = 0; i < 3; i++) await exchange(agents, requestTo(url()));
    expect(forward.asked.length).toBe(3);
    await Promise.all(forward.streams.map((stream) => stream.closed || once(stream, "close")));
    await expect.poll(() => pooled(agents)).toEqual({ busy: 0, idle: 0 });
  });

  it("gives its error when it cannot be opened", async () => {
    const refused = new Error("the SSH server refuses to forward");
    const forward = () => Promise.reject(refused);
    expect(await errorOf(get(url(), {}, { ca, forward }))).toBe(refused);
  });

  it.each(["reset", "refuse"] as const)(
    "that breaks by a %s fails the first request over it, and the next one gets a new tunnel",
    async (kind) => {
      const faults = await startFaultProxy(server().port);
      const forward = forwardTo(faults.port);
      const agents = agentsFor({ ca, forward: forward.open });
      const arrived = Promise.withResolvers<void>();
      server().answer(() => {
        arrived.resolve();
        return undefined;
      });
      const failed = errorOf(exchange(agents, requestTo(url())));
      await arrived.promise;
      await faults.set({ kind });
      expect((await failed).code).toBe("ECONNRESET");
      await faults.set({ kind: "none" });
      server().answer(() => ({ body: "again" }));
      expect(shown(await exchange(agents, requestTo(url())))).toEqual([200, "again"]);
      await faults.stop();
      expect(forward.asked.length).toBe(2);
    },
  );

  it("that ended while nobody used it is replaced", async () => {
    const faults = await startFaultProxy(server().port);
    const forward = forwardTo(faults.port);
    const agents = agentsFor({ ca, forward: forward.open });
    await exchange(agents, requestTo(url()));
    const [stream] = forward.streams;
    const closed = new Promise((resolve) => stream?.once("close", resolve));
    await faults.set({ kind: "reset" });
    await closed;
    await faults.set({ kind: "none" });
    await expect.poll(() => pooled(agents)).toEqual({ busy: 0, idle: 0 });
    expect((await exchange(agents, requestTo(url()))).status).toBe(200);
    await faults.stop();
    expect(forward.asked.length).toBe(2);
  });

  it("is closed when the request is given up", async () => {
    const forward = forwardTo(server().port);
    const stop = new AbortController();
    server().answer(() => {
      stop.abort(new Error("given up"));
      return undefined;
    });
    const error = await errorOf(get(url(), { signal: stop.signal }, { ca, forward: forward.open }));
    server().answer(() => ({ body: scheme }));
    expect(error.message).toBe("given up");
    const [stream] = forward.streams;
    if (stream !== undefined && !stream.closed) await once(stream, "close");
    expect(stream?.destroyed).toBe(true);
  });
});

describe("a redirect from https to http", () => {
  it("loses the headers of the caller, even to the same host", async () => {
    const path = `http://localhost:${plain.port}/in`;
    secure.answer(() => ({ status: 302, headers: { location: path } }));
    const headers = { authorization: "Bearer t0ken" };
    const answer = await follow(() => agentsFor({ ca }), requestTo(secure.origin, { headers }), true);
    expect(answer.url.href).toBe(path);
    expect(plain.requests.at(-1)).toMatchObject({ url: "/in" });
    expect(plain.requests.at(-1)?.headers.authorization).toBeUndefined();
  });
});

afterEach(() => {
  plain.answer(() => ({ body: "plain" }));
  secure.answer(() => ({ body: "secure" }));
});
