import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { type Certificate, makeAuthority } from "../../test/support/certificates.ts";
import { type FaultProxy, startFaultProxy } from "../../test/support/fault-proxy.ts";
import { freePort } from "../../test/support/ports.ts";
import type { Postgres } from "../../test/support/postgres.ts";
import { type Started, start } from "../../test/support/started.ts";
import { REPOSITORY } from "../bundle/repository.ts";

/** What a deployment of the shop consists of. */
export type Deployment = {
  readonly sha: string;
  /** Database connections. Default: 10. */
  readonly poolSize?: number;
  /** How much later everything arrives on the way to the database and back, in milliseconds. Default: 0. */
  readonly databaseLatencyMs?: number;
  readonly certificate?: "good" | "expired";
};

/** The example application, on a database of its own. Its addresses stay the same through all deployments. */
export type Shop = {
  readonly url: string;
  /** The same without TLS. */
  readonly internalUrl: string;
  /** host:port of its certificate. */
  readonly tlsAddress: string;
  /** PEM file of the authority that its certificates come from, within the workspace. */
  readonly authorityFile: string;
  readonly databaseUrl: string;
  readonly demoPassword: string;
  /** Replaces what is running, and returns once the new one answers. */
  deploy(deployment: Deployment): Promise<void>;
  close(): Promise<void>;
};

const SOURCES = path.join(REPOSITORY, "examples/shop");

const AUTHORITY_FILE = ".github/authority.pem";

type Folders = { readonly temp: string; readonly workspace: string };

/** Makes the shop's database and brings it up to date. Nothing runs before the first deployment. */
export async function openShop(postgres: Postgres, folders: Folders): Promise<Shop> {
  const databaseUrl = await createDatabase(postgres);
  await migrate(databaseUrl);
  const certificateFiles = await writeCertificates(folders);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const [demoPassword, tokenSecret] = [
    randomBytes(12).toString("base64url"),
    randomBytes(24).toString("hex"),
  ];
  const distance = await startFaultProxy(postgres.port);
  let running: Started | undefined;
  return {
    url: `https://localhost:${tlsPort}`,
    internalUrl: `http://127.0.0.1:${port}`,
    tlsAddress: `localhost:${tlsPort}`,
    authorityFile: AUTHORITY_FILE,
    databaseUrl,
    demoPassword,
    deploy: async ({ sha, poolSize = 10, databaseLatencyMs = 0, certificate = "good" }) => {
      await running?.stop();
      await setLatency(distance, databaseLatencyMs);
      running = await start({
        command: process.execPath,
        args: ["src/server.ts"],
        cwd: SOURCES,
        env: {
          PATH: process.env["PATH"] ?? "",
          RELEASE: sha,
          DATABASE_URL: throughProxy(databaseUrl, distance),
          DATABASE_POOL_SIZE: String(poolSize),
          PORT: String(port),
          TLS_PORT: String(tlsPort),
          TLS_CERT_FILE: certificateFiles[certificate].cert,
          TLS_KEY_FILE: certificateFiles[certificate].key,
          DEMO_PASSWORD: demoPassword,
          TOKEN_SECRET: tokenSecret,
        },
        ready: / listens on /,
      });
    },
    close: async () => {
      await running?.stop();
      await distance.stop();
    },
  };
}

async function createDatabase(postgres: Postgres): Promise<string> {
  const password = randomBytes(12).toString("hex");
  await postgres.query(`create role shop login password '${password}'`);
  await postgres.query("create database shop owner shop");
  return `postgres://shop:${password}@${postgres.host}:${postgres.port}/shop`;
}

async function migrate(databaseUrl: string): Promise<void> {
  const migration = await start({
    command: process.execPath,
    args: ["src/migrate.ts"],
    cwd: SOURCES,
    env: { PATH: process.env["PATH"] ?? "", DATABASE_URL: databaseUrl },
    ready: /Applied .*\n/,
  });
  await migration.exited;
}

type Files = { readonly cert: string; readonly key: string };

async function writeCertificates({ temp, workspace }: Folders): Promise<Record<"good" | "expired", Files>> {
  const authority = await makeAuthority("Authority of the demo");
  await writeFile(path.join(workspace, AUTHORITY_FILE), authority.cert);
  const write = async (name: string, { cert, key }: Certificate): Promise<Files> => {
    const files = { cert: path.join(temp, `${name}.pem`), key: path.join(temp, `${name}.key`) };
    await writeFile(files.cert, cert);
    await writeFile(files.key, key, { mode: 0o600 });
    return files;
  };
  const names = ["localhost"];
  return {
    good: await write("good", await authority.issue({ names })),
    expired: await write("expired", await authority.issue({ names, fromDays: -90, untilDays: -1 })),
  };
}

async function setLatency(proxy: FaultProxy, ms: number): Promise<void> {
  await proxy.set(ms === 0 ? { kind: "none" } : { kind: "latency", ms });
}

function throughProxy(databaseUrl: string, { port }: FaultProxy): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}
