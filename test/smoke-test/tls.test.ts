import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certificates, certificates, makeAuthority } from "../support/certificates.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { freePort } from "../support/ports.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

type Kind = Exclude<keyof Certificates, "authority">;
const KINDS: readonly Kind[] = ["good", "expired", "notYetValid", "wrongName", "selfSigned"];

let folder: TempDir;
let ca: string;
const servers = new Map<Kind, HttpServer>();
beforeAll(async () => {
  const made = await certificates();
  folder = makeTempDir("tls");
  ca = `${folder.path}/ca.pem`;
  writeFileSync(ca, made.authority.cert);
  for (const kind of KINDS) servers.set(kind, await startHttpServer(() => ({}), { certificate: made[kind] }));
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
  folder.remove();
});

const portOf = (kind: Kind) => servers.get(kind)?.port ?? 0;
const run = (check: Config, rest: Config = { ca }) => smoke({ checks: [{ name: "it", ...check }], ...rest });
const verdict = async (check: Config, rest?: Config) => verdicts(await run(check, rest))["it"];

const FAULTS: readonly [Kind, string][] = [
  ["expired", "the certificate has expired"],
  ["notYetValid", "the certificate is not valid yet"],
  ["wrongName", "the certificate is for another host name"],
  ["selfSigned", "the certificate is self-signed"],
];

describe("a TLS check", () => {
  it("passes for a good certificate and tells the days that are left", async () => {
    const result = await run({ tls: `localhost:${portOf("good")}`, expect: { "days-left": ">= 14" } });
    expect(verdicts(result)).toEqual({ it: "passed" });
    expect(result.checks[0]?.seen).toMatch(/^certificate until \d{4}-\d\d-\d\d, (89|90) days left$/);
  });

  it.each(FAULTS)("fails for one that is %s, and says what is in it", async (kind, why) => {
    const problem = await verdict({ tls: `localhost:${portOf(kind)}` });
    expect(problem).toContain(`failed: ${why} (valid `);
    if (kind === "wrongName") expect(problem).toContain("somewhere-else.test");
  });

  it.each([">= -100", "< 0", "<= 14", ">= 0"])(
    "fails for an expired one though days-left is %s",
    async (bound) => {
      const check = { tls: `localhost:${portOf("expired")}`, expect: { "days-left": bound } };
      expect(await verdict(check)).toContain("failed: the certificate has expired");
    },
  );

  it("fails when fewer days are left than expected", async () => {
    const check = { tls: `localhost:${portOf("good")}`, expect: { "days-left": 91 } };
    expect(await verdict(check)).toMatch(/^failed: days-left: expected >= 91, got (89|90) /);
  });

  it("fails for an authority that nobody vouches for", async () => {
    expect(await verdict({ tls: `localhost:${portOf("good")}` }, {})).toMatch(
      /^failed: .*(issuer is not known|unknown authority)/,
    );
  });

  it("passes for a chain with its intermediate certificate", async () => {
    const root = await makeAuthority("Other Root");
    const certificate = await (await root.intermediate("Between")).issue();
    const server = await startHttpServer(() => ({}), { certificate });
    writeFileSync(`${folder.path}/other.pem`, root.cert);
    expect(await verdict({ tls: `localhost:${server.port}` }, { ca: `${folder.path}/other.pem` })).toBe(
      "passed",
    );
    await server.stop();
  });

  it("asks for the name at the address that it is told to connect to", async () => {
    const { authority, wrongName } = await certificates();
    const certificate = await authority.issue({ names: ["shop.example"] });
    const server = await startHttpServer(() => ({}), {
      certificate: wrongName,
      byName: { "shop.example": certificate },
    });
    expect(await verdict({ tls: `shop.example:${server.port}`, resolve: "127.0.0.1" })).toBe("passed");
    await server.stop();
  });

  it("fails where nobody listens, where nobody answers, and where something else answers", async () => {
    expect(await verdict({ tls: `localhost:${await freePort()}` })).toContain("connection refused");
    const plain = await startHttpServer();
    expect(await verdict({ tls: `127.0.0.1:${plain.port}`, timeout: "2s" })).toMatch(
      /does not speak TLS|reset/,
    );
    await plain.stop();
    const proxy = await startFaultProxy(portOf("good"));
    await proxy.set({ kind: "black hole" });
    expect(await verdict({ tls: `localhost:${proxy.port}`, timeout: "200ms" })).toContain(
      "no answer within 200 ms",
    );
    await proxy.stop();
  });
});

describe("an HTTPS check", () => {
  it("passes with a good certificate, and keeps SNI and Host at an address of its own", async () => {
    const { authority, wrongName } = await certificates();
    const certificate = await authority.issue({ names: ["shop.example"] });
    const server = await startHttpServer(() => ({}), {
      certificate: wrongName,
      byName: { "shop.example": certificate },
    });
    expect(await verdict({ get: `https://shop.example:${server.port}/`, resolve: "127.0.0.1" })).toBe(
      "passed",
    );
    expect(server.requests).toMatchObject([
      { servername: "shop.example", headers: { host: `shop.example:${server.port}` } },
    ]);
    await server.stop();
  });

  it.each(FAULTS)("fails with one that is %s, and sends nothing", async (kind, why) => {
    const check = { get: `https://localhost:${portOf(kind)}/`, expect: { status: [200, "5xx"] } };
    expect(await verdict(check)).toContain(`failed: ${why}`);
    expect(servers.get(kind)?.requests).toEqual([]);
  });
});
