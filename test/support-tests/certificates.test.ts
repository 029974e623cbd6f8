import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certificate, type Certificates, certificates, makeAuthority } from "../support/certificates.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";

let made: Certificates;
beforeAll(async () => {
  made = await certificates();
});

/** What Node's TLS client says about a server with this certificate: "ok" or the error's code. */
async function verdict(certificate: Certificate, ca: string): Promise<string> {
  const server = await startHttpServer(undefined, { certificate });
  const said = await new Promise<string>((resolve) => {
    const socket = connect({ port: server.port, host: "127.0.0.1", servername: "localhost", ca }, () =>
      resolve("ok"),
    );
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("secureConnect", () => socket.destroy());
  });
  await server.stop();
  return said;
}

describe("test certificates", () => {
  it.each([
    ["good", "ok"],
    ["expired", "CERT_HAS_EXPIRED"],
    ["notYetValid", "CERT_NOT_YET_VALID"],
    ["wrongName", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["selfSigned", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ] as const)("%s is what it says: %s", async (kind, expected) => {
    expect(await verdict(made[kind], made.authority.cert)).toBe(expected);
  });

  it("are not trusted under another authority", async () => {
    const other = await makeAuthority("Other Root");
    expect(await verdict(made.good, other.cert)).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  it("are trusted through an intermediate that is sent along, and not without it", async () => {
    const below = await made.authority.intermediate("Test Intermediate");
    const certificate = await below.issue();
    expect(await verdict(certificate, made.authority.cert)).toBe("ok");
    const alone = { ...certificate, cert: new X509Certificate(certificate.cert).toString() };
    expect(await verdict(alone, made.authority.cert)).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  it("carry the names and days that were asked for", async () => {
    const { cert } = await made.authority.issue({ names: ["shop.test", "10.1.2.3"], untilDays: 13.5 });
    const read = new X509Certificate(cert);
    expect(read.subjectAltName).toBe("DNS:shop.test, IP Address:10.1.2.3");
    const days = (read.validToDate.getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(13.4);
    expect(days).toBeLessThanOrEqual(13.5);
  });

  it("are made once a process", async () => {
    expect(await certificates()).toBe(made);
  });
});

describe("a web server with several certificates", () => {
  let server: HttpServer;
  beforeAll(async () => {
    const shop = await made.authority.issue({ names: ["shop.test"] });
    server = await startHttpServer(undefined, { certificate: made.good, byName: { "shop.test": shop } });
  });
  afterAll(() => server.stop());

  it.each(["shop.test", "localhost"])("shows the one for the name asked for: %s", async (servername) => {
    const status = await new Promise((resolve, reject) => {
      request(
        { port: server.port, host: "127.0.0.1", servername, ca: made.authority.cert, agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .once("error", reject)
        .end();
    });
    expect(status).toBe(200);
    expect(server.requests.at(-1)?.servername).toBe(servername);
  });
});
