import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { createSecureContext, TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DatabaseAddress } from "../../shared/postgres/address.ts";
import type { SslMode } from "../../shared/postgres/ssl.ts";
import { connectSsh } from "../../shared/ssh/connect.ts";
import { parseHostPins } from "../../shared/ssh/known-hosts.ts";
import { type Certificate, type Certificates, certificates, makeAuthority } from "../support/certificates.ts";
import { needs } from "../support/needs.ts";
import { listenOnFreePort } from "../support/ports.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { startSshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { addressOf, afterTest, connect, refusal } from "./connecting.ts";

let made: Certificates;
beforeAll(async () => {
  made = await certificates();
});

type Kind = Exclude<keyof Certificates, "authority">;
const trusting = (pem: string) => ({ kind: "pem", pem }) as const;

describe.each([14, 18] as const)("PostgreSQL %i with TLS", needs("postgres-14", "postgres-18"), (major) => {
  const servers = new Map<Kind, Postgres>();
  beforeAll(async () => {
    for (const kind of ["good", "expired", "wrongName", "selfSigned"] as const) {
      servers.set(
        kind,
        await startPostgres({ major, tls: made[kind], hba: ["hostnossl tlsonly all all reject"] }),
      );
    }
    await servers.get("good")?.query("create database tlsonly");
  });
  afterAll(async () => {
    for (const server of servers.values()) await server.stop();
  });
  const server = (kind: Kind) => servers.get(kind)!;

  /** Whether the session is encrypted, or what was told to the user instead. */
  async function attempt(kind: Kind, sslmode: SslMode, more: Partial<DatabaseAddress> = {}): Promise<string> {
    const sslrootcert = sslmode.startsWith("verify") ? trusting(made.authority.cert) : undefined;
    const address = addressOf(server(kind), { sslmode, sslrootcert, ...more });
    const outcome = await connect(address).then(
      (client) => client.query<{ ssl: boolean }>("select ssl from pg_stat_ssl where pid = pg_backend_pid()"),
      (error: unknown) => error as Error,
    );
    if (!(outcome instanceof Error)) return outcome.rows[0]?.ssl === true ? "encrypted" : "in clear text";
    return (await refusal(Promise.reject(outcome), address.password)).message.replace(
      /^[^:]*:\d+\/\w+: /,
      "",
    );
  }

  test.each<[SslMode, Kind, string]>([
    ["disable", "good", "in clear text"],
    ["require", "good", "encrypted"],
    ["require", "expired", "encrypted"],
    ["require", "wrongName", "encrypted"],
    ["require", "selfSigned", "encrypted"],
    ["verify-ca", "good", "encrypted"],
    ["verify-ca", "wrongName", "encrypted"],
    ["verify-ca", "expired", "the certificate has expired."],
    ["verify-ca", "selfSigned", "the certificate is self-signed."],
    ["verify-full", "good", "encrypted"],
    ["verify-full", "wrongName", "the certificate is for another host name."],
    ["verify-full", "expired", "the certificate has expired."],
    ["verify-full", "selfSigned", "the certificate is self-signed."],
  ])("sslmode=%s with a certificate that is %s: %s", async (sslmode, kind, expected) => {
    expect(await attempt(kind, sslmode)).toBe(expected);
  });

  test("the name is that of the address: localhost and 127.0.0.1 are both in the certificate", async () => {
    expect(await attempt("good", "verify-full", { host: "localhost" })).toBe("encrypted");
    expect(await attempt("good", "verify-full", { host: "127.0.0.1" })).toBe("encrypted");
  });

  test("an authority that is not the server's is not trusted", async () => {
    const other = trusting((await makeAuthority("Other")).cert);
    expect(await attempt("good", "verify-full", { sslrootcert: other })).toContain("issuer is not known");
    expect(await attempt("good", "verify-full", { sslrootcert: { kind: "system" } })).toContain(
      "issuer is not known",
    );
  });

  test("a self-signed certificate verifies when it is itself the root", async () => {
    const sslrootcert = trusting(made.selfSigned.cert);
    expect(await attempt("selfSigned", "verify-full", { sslrootcert })).toBe("encrypted");
  });

  test("the root may be a file", async () => {
    const directory = makeTempDir("root");
    afterTest(() => directory.remove());
    const file = path.join(directory.path, "root.crt");
    writeFileSync(file, `# our authority\n${made.authority.cert}`);
    expect(await attempt("good", "verify-full", { sslrootcert: { kind: "file", path: file } })).toBe(
      "encrypted",
    );
  });

  test.each([
    ["missing", { kind: "file", path: "/nowhere/root.crt" }, '"/nowhere/root.crt"'],
    [
      "no certificate",
      { kind: "pem", pem: "-----BEGIN RSA PRIVATE KEY-----" },
      "no PEM text of certificates",
    ],
    [
      "a damaged certificate",
      { kind: "pem", pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
      "no PEM text of certificates",
    ],
  ] as const)(
    "a root that is %s is an error before anything is sent",
    async (_name, sslrootcert, expected) => {
      expect(await attempt("good", "verify-full", { sslrootcert })).toContain(expected);
    },
  );

  test("a server that wants TLS and is not asked for it: the error says what to set", async () => {
    const address = addressOf(server("good"), { sslmode: "disable", database: "tlsonly" });
    const error = await refusal(connect(address), address.password);
    expect(error.hint).toContain("sslmode=require");
  });

  test("channel binding holds, and the login works without it too", async () => {
    expect(await attempt("good", "require", { channelBinding: "require" })).toBe("encrypted");
    expect(await attempt("good", "require", { channelBinding: "disable" })).toBe("encrypted");
  });

  test("channel binding that is required is refused where no password is asked for", async () => {
    const open = await startPostgres({ major, tls: made.good, hba: ["host all all all trust"] });
    afterTest(() => open.stop());
    const address = addressOf(open, { sslmode: "require", channelBinding: "require" });
    expect((await refusal(connect(address))).message).toContain("does not offer channel binding");
  });

  test("a server without TLS is refused, and nothing is sent in clear text", async () => {
    const plain = await startPostgres({ major });
    afterTest(() => plain.stop());
    const address = addressOf(plain, { sslmode: "require" });
    const error = await refusal(connect(address), address.password);
    expect(error.message).toContain("does not offer TLS");
    expect(error.hint).toContain("ssl = on");
  });

  test(
    "through an SSH tunnel, the certificate is held against the database's name",
    needs("sshd"),
    async () => {
      const sshd = await startSshd();
      afterTest(() => sshd.stop());
      const ssh = await connectSsh({
        ...{ host: sshd.host, port: sshd.port, user: sshd.user, privateKey: sshd.clientKey() },
        pins: parseHostPins(sshd.knownHostsLine()),
        signal: new AbortController().signal,
      });
      afterTest(() => ssh.close());
      const sslrootcert = trusting(made.authority.cert);
      const address = addressOf(server("good"), { sslmode: "verify-full", sslrootcert, host: "localhost" });
      const stream = () => ssh.forward("127.0.0.1", address.port);
      const client = await connect(address, { stream });
      expect((await client.query("select 6 * 7 as answer")).rows).toEqual([{ answer: 42 }]);
      await client.close();
      const elsewhere = await refusal(
        connect({ ...address, host: "db.example" }, { stream }),
        address.password,
      );
      expect(elsewhere.message).toContain("the certificate is for another host name");
    },
  );
});

describe("the name that is sent in the TLS handshake (SNI)", () => {
  /** A server that agrees to TLS, notes the name asked for, and hangs up. */
  async function nameSeen(host: string, certificate: Certificate): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const secureContext = createSecureContext(certificate);
    const listener = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .once("data", () => {
          socket.write("S");
          const secured = new TLSSocket(socket, {
            isServer: true,
            secureContext,
            SNICallback: (name, callback) => {
              resolve(name);
              callback(null, secureContext);
            },
          });
          secured
            .on("error", () => undefined)
            .once("secure", () => {
              resolve(undefined);
              secured.destroy();
            });
        });
    });
    const port = await listenOnFreePort(listener);
    afterTest(() => listener.close());
    const address = addressOf({ url: `postgres://app@127.0.0.1:${port}/shop` } as Postgres, {
      sslmode: "require",
      host,
    });
    await refusal(connect(address));
    return promise;
  }

  test("is the host, and nothing for an IP address", async () => {
    expect(await nameSeen("localhost", made.good)).toBe("localhost");
    expect(await nameSeen("127.0.0.1", made.good)).toBeUndefined();
  });
});
