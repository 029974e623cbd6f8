import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificates } from "../support/certificates.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { startPostgres } from "../support/postgres.ts";
import { startRedis } from "../support/redis.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

describe("a check through SSH", needs("sshd"), () => {
  let sshd: Sshd;
  let server: HttpServer;
  let secure: HttpServer;
  let expired: HttpServer;
  let folder: TempDir;
  let ca: string;
  beforeAll(async () => {
    const { authority, good, expired: stale } = await certificates();
    folder = makeTempDir("ssh-ca");
    ca = `${folder.path}/ca.pem`;
    writeFileSync(ca, authority.cert);
    [sshd, server, secure, expired] = await Promise.all([
      startSshd(),
      startHttpServer(() => ({ json: { sha: "abc" } })),
      startHttpServer(() => ({}), { certificate: good }),
      startHttpServer(() => ({}), { certificate: stale }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([sshd, server, secure, expired].map((each) => each.stop()));
    folder.remove();
  });

  const inputs = (port = sshd.port) => ({
    "ssh-host": "127.0.0.1",
    "ssh-port": String(port),
    "ssh-user": sshd.user,
    "ssh-key": sshd.clientKey(),
    "ssh-known-hosts": sshd.hostFingerprint("ed25519"),
  });
  const run = (checks: readonly Config[], rest: Config = {}) =>
    smoke({ ca, checks: checks.map((check) => ({ via: "ssh", ...check })), ...rest }, { inputs: inputs() });
  const tunnels = () => sshd.log().match(/Accepted publickey/g)?.length ?? 0;

  it("reaches HTTP, HTTPS, TLS and TCP over one connection, and ends it", async () => {
    const before = tunnels();
    const result = await run([
      { name: "http", get: `${server.origin}/`, expect: { json: { "$.sha": "abc" } } },
      { name: "https", get: `${secure.origin}/` },
      { name: "tls", tls: `localhost:${secure.port}`, expect: { "days-left": 14 } },
      { name: "tcp", tcp: `127.0.0.1:${server.port}` },
    ]);
    expect(verdicts(result)).toEqual({ http: "passed", https: "passed", tls: "passed", tcp: "passed" });
    expect(tunnels() - before).toBe(1);
    expect(result.log.match(/Connecting to 127.0.0.1 over SSH/g)).toHaveLength(1);
    await expect.poll(() => sshd.log()).toMatch(/Disconnected from user|Connection closed/);
  });

  it("keeps the name for certificate and Host where it is told the address", async () => {
    const { authority, wrongName } = await certificates();
    const certificate = await authority.issue({ names: ["shop.example"] });
    const named = await startHttpServer(() => ({}), {
      certificate: wrongName,
      byName: { "shop.example": certificate },
    });
    const result = await run([
      { name: "it", get: `https://shop.example:${named.port}/`, resolve: "127.0.0.1" },
    ]);
    expect(verdicts(result)).toEqual({ it: "passed" });
    expect(named.requests[0]?.headers.host).toBe(`shop.example:${named.port}`);
    await named.stop();
  });

  it("still fails for an expired certificate", async () => {
    const result = await run([
      { name: "https", get: `${expired.origin}/` },
      { name: "tls", tls: `localhost:${expired.port}` },
    ]);
    expect(verdicts(result)).toEqual({
      https: "failed: the certificate has expired",
      tls: expect.stringContaining("failed: the certificate has expired"),
    });
  });

  it("whose target is not there fails alone: the others go on over the same connection", async () => {
    const before = tunnels();
    server.answer(async () => {
      await expect.poll(() => sshd.log()).toContain("connect_to 127.0.0.1 port");
      return {};
    });
    const result = await run([
      { name: "slow", get: `${server.origin}/` },
      { name: "closed", tcp: `127.0.0.1:${await freePort()}` },
    ]);
    expect(verdicts(result)).toEqual({
      slow: "passed",
      closed: expect.stringContaining("opened no tunnel to"),
    });
    expect(tunnels() - before).toBe(1);
  });

  // Less than the 20 s that opening a connection may take: that is called off as well.
  it("is given up after its timeout when the SSH server does not answer", { timeout: 15_000 }, async () => {
    const proxy = await startFaultProxy(sshd.port);
    await proxy.set({ kind: "black hole" });
    const checks = [
      { name: "http", get: `${server.origin}/`, via: "ssh", timeout: "300ms" },
      { name: "tcp", tcp: `127.0.0.1:${server.port}`, via: "ssh", timeout: "300ms" },
    ];
    const result = await smoke({ checks }, { inputs: inputs(proxy.port) });
    expect(verdicts(result)).toEqual({
      http: "failed: no answer within 300 ms",
      tcp: "failed: no answer within 300 ms",
    });
    await proxy.stop();
  });

  it("connects anew after the SSH connection broke", async () => {
    let calls = 0;
    server.answer((_request, response) => {
      calls += 1;
      if (calls > 1) return {};
      sshd.dropConnections();
      response.on("close", () => undefined);
      return undefined;
    });
    const result = await run([{ name: "it", get: `${server.origin}/`, retries: 3, interval: "50ms" }]);
    expect(verdicts(result)).toEqual({ it: "passed" });
    expect(result.checks[0]?.attempts).toBeGreaterThan(1);
  });

  it("fails with the fingerprint to pin when the host key is another one", async () => {
    const wrong = { ...inputs(), "ssh-known-hosts": `SHA256:${"A".repeat(43)}` };
    const result = await smoke(
      { checks: [{ name: "it", tcp: "127.0.0.1:1", via: "ssh" }] },
      { inputs: wrong },
    );
    expect(result.outcome.result).toBe("failed");
    expect(JSON.stringify(result.checks[0])).toContain("SHA256:");
  });

  it("reaches PostgreSQL", needs("postgres-18"), async () => {
    const postgres = await startPostgres({ major: 18 });
    const result = await run([
      { name: "it", postgres: postgres.url, query: "select 41 + 1", expect: { value: 42 } },
    ]);
    expect(verdicts(result)).toEqual({ it: "passed" });
    await postgres.stop();
  });

  it("reaches Redis", needs("redis"), async () => {
    const redis = await startRedis({ password: "pass word" });
    expect(verdicts(await run([{ name: "it", redis: redis.url }]))).toEqual({ it: "passed" });
    await redis.stop();
  });
});
