import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { certificates } from "../support/certificates.ts";
import { type Handler, type HttpServer, startHttpServer } from "../support/http-server.ts";
import { freePort } from "../support/ports.ts";
import { elsewhere, repeats, silence, troubles } from "../support/providers/troubles.ts";
import {
  allSecrets,
  environmentOf,
  everythingAt,
  hiddenOf,
  type Places,
  type Secrets,
  WEB_PROBES,
} from "./everything.ts";
import { leaks } from "./leaks.ts";
import { startTalker, type Talk } from "./talker.ts";
import { bundle, type Validation, validate } from "./validation.ts";

beforeAll(bundle);

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});
async function started<Server extends { stop(): Promise<unknown> }>(
  server: Promise<Server>,
): Promise<Server> {
  running.push(await server);
  return server;
}

const unknown = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "unknown"]));
const RAW_PROBES = ["smtp", "database", "server"] as const;

/** Everything fails alike: what speaks HTTP by this handler, what does not by a server that talks like that. */
async function failing(
  handler: Handler,
  talk: Talk = "goodbye",
): Promise<{ places: Places; web: HttpServer }> {
  const web = await started(startHttpServer(handler));
  const { port } = await started(startTalker(talk));
  return { web, places: { web: web.origin, postgres: port, ssh: port, smtp: port } };
}

/** Runs all probes against places, and expects nothing to have leaked, nor to have been asked elsewhere. */
async function probeAll(
  places: Places,
  {
    secrets = allSecrets(),
    env = {},
    exit = 0,
    timeout = "5s",
    ports = [],
    elsewhere: others = {},
  }: {
    secrets?: Secrets;
    env?: Record<string, string>;
    exit?: number;
    timeout?: string;
    ports?: number[];
    elsewhere?: Record<string, () => string>;
  } = {},
): Promise<Validation> {
  const result = await validate({
    manifest: everythingAt(places, exit, timeout),
    env: { ...environmentOf(secrets, places.web), ...env },
  });
  const heard = Object.fromEntries(Object.entries(others).map(([name, text]) => [name, text()]));
  expect(leaks({ ...result.texts, ...heard }, hiddenOf(secrets))).toEqual([]);
  const { port } = new URL(places.web);
  const allowed = new Set([Number(port), places.postgres, places.ssh, places.smtp, ...ports]);
  expect(result.connections.filter((to) => !allowed.has(Number(to.split(":").at(-1))))).toEqual([]);
  expect(result.stdout).not.toContain("internal error");
  return result;
}

describe("when every service fails", () => {
  it.each(Object.entries(troubles))(
    "in that it %s, nothing leaks, and nothing is said against a secret",
    async (_what, trouble) => {
      const { places } = await failing(trouble, "a page");
      const { probes, outputs } = await probeAll(places, { exit: 3 });
      // An API of one's own is proven by its status alone.
      expect(probes).toMatchObject(unknown(...WEB_PROBES.slice(0, 8), ...RAW_PROBES, "command"));
      for (const probe of ["token", "basic", "health"]) expect(["unknown", "valid"]).toContain(probes[probe]);
      expect(outputs["invalid"]).toBe("");
    },
  );

  it.each([200, 400, 401, 403, 404, 418])(
    "in that it answers %i with what it was sent, nothing leaks",
    async (status) => {
      const { places } = await failing(repeats(status), "an echo");
      const { probes } = await probeAll(places, { exit: 1, timeout: "1500ms" });
      // None of these answers is one that the service itself would give.
      expect(probes).toMatchObject(unknown(...WEB_PROBES.slice(0, 8)));
      expect(probes["command"]).toBe("invalid");
    },
  );

  it("by silence, the timeout of each probe ends it as unknown", async () => {
    const { places } = await failing(silence, "silence");
    const { probes } = await probeAll(places, { timeout: "500ms" });
    expect(probes).toMatchObject(unknown(...WEB_PROBES, ...RAW_PROBES));
    expect(probes["command"]).toBeDefined();
  });

  it("by sending to another host, that host is not asked", async () => {
    const other = await started(startHttpServer());
    const { places } = await failing(elsewhere(other.origin));
    const { probes } = await probeAll(places);
    expect(probes).toMatchObject(unknown(...WEB_PROBES));
    expect(other.connections()).toBe(0);
  });

  it("because its database repeats the password, the refusal is told without it", async () => {
    const { places } = await failing(() => ({ status: 503 }), "a database that repeats the password");
    const { probes } = await probeAll(places, { timeout: "1s" });
    expect(probes["database"]).toBe("invalid");
  });
});

describe("when no service is reached", () => {
  const nowhere = async (web: string): Promise<Places> => {
    const port = await freePort();
    return { web, postgres: port, ssh: port, smtp: port };
  };

  it("because its name does not resolve, all is unknown", async () => {
    // RFC 6761 keeps .invalid from ever resolving.
    const { probes } = await probeAll(await nowhere("http://service.invalid:8080"));
    expect(probes).toMatchObject(unknown(...WEB_PROBES, ...RAW_PROBES));
  });

  it("because nothing listens there, all is unknown", async () => {
    const { probes } = await probeAll(await nowhere(`http://127.0.0.1:${await freePort()}`));
    expect(probes).toMatchObject(unknown(...WEB_PROBES, ...RAW_PROBES));
  });

  it.each(["expired", "notYetValid", "wrongName", "selfSigned"] as const)(
    "because its certificate is bad (%s), all is unknown and nothing was asked",
    async (which) => {
      const { [which]: certificate } = await certificates();
      const web = await started(startHttpServer(() => ({}), { certificate }));
      const { probes } = await probeAll(await nowhere(web.origin));
      expect(probes).toMatchObject(unknown(...WEB_PROBES));
      expect(web.requests).toEqual([]);
    },
  );

  it("because it speaks no TLS, all is unknown", async () => {
    const page = await started(startTalker("a page"));
    const { probes } = await probeAll(await nowhere(`https://localhost:${page.port}`));
    expect(probes).toMatchObject(unknown(...WEB_PROBES));
    expect(leaks({ wire: page.received() }, { any: "user-agent: validate-secrets" })).toEqual([]);
  });
});

describe("a proxy", () => {
  const password = "pr0xy-P4ssword-of-the-company";

  it.each([
    ["wants another password", "407 Proxy Authentication Required"],
    ["refuses the host", "403 Forbidden"],
    ["reaches nobody", "502 Bad Gateway"],
  ])("that %s sees no secret, and all is unknown", async (_what, status) => {
    const { good } = await certificates();
    const web = await started(startHttpServer(() => ({}), { certificate: good }));
    const proxy = await started(startTalker({ answer: `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n` }));
    const places = {
      web: web.origin,
      postgres: await freePort(),
      ssh: await freePort(),
      smtp: await freePort(),
    };
    const url = `http://company:${password}@127.0.0.1:${proxy.port}`;
    const { probes, texts } = await probeAll(places, {
      env: { HTTPS_PROXY: url, https_proxy: url },
      ports: [proxy.port],
      elsewhere: { proxy: () => proxy.received() },
    });
    expect(probes).toMatchObject(unknown(...WEB_PROBES));
    expect(proxy.received()).toContain("CONNECT localhost");
    expect(web.requests).toEqual([]);
    expect(leaks(texts, { password })).toEqual([]);
  });
});
