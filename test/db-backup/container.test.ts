import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DockerEngine, startDockerEngine } from "../support/docker-engine.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { backup, folder, manifestIn } from "./backup.ts";
import { CONTENT } from "./content.ts";
import { holdPgDump, WAITING } from "./hold-pg-dump.ts";

const PASSWORD = "p w'\"\\$#@/%é";

// The others run a stand-in for the docker program; here is the real one, whose engine keeps what it has started.
describe("pg_dump in a container of a Docker Engine", {
  ...needs("docker", "busybox", "postgres-15", "sshd"),
  timeout: 60_000,
}, () => {
  let engine: DockerEngine;
  let server: Postgres;
  let sshd: Sshd;
  let ssh: Record<string, string>;
  beforeAll(async () => {
    [engine, server] = await Promise.all([startDockerEngine(), startPostgres({ major: 15 })]);
    // This machine's own programs, and its network, in which the server is.
    await engine.image("tools", "sleep 1000\n");
    const mounts = ["/usr:/usr:ro", "/usr/lib:/lib:ro", "/usr/lib64:/lib64:ro"].flatMap((each) => [
      "-v",
      each,
    ]);
    await engine.docker("run", "-d", "--init", "--network", "host", "--name", "db", ...mounts, "tools");
    await server.query(CONTENT);
    await server.query(`create role dumper superuser login password '${PASSWORD.replaceAll("'", "''")}'`);
    sshd = await startSshd({
      config: [
        `SetEnv PATH=${process.env["PATH"]} DOCKER_HOST=${engine.env["DOCKER_HOST"]} HOME=/nonexistent`,
      ],
    });
    ssh = {
      ...{ "ssh-host": `${sshd.user}@127.0.0.1:${sshd.port}`, "ssh-key": sshd.clientKey() },
      ...{ "ssh-known-hosts": sshd.knownHostsLine(), "run-on": "ssh" },
    };
  }, 120_000);
  afterAll(async () => {
    await Promise.all([engine?.stop(), server?.stop(), sshd?.stop()]);
  }, 60_000);

  const login = () => ({
    ...{ "db-host": "127.0.0.1", "db-port": String(server.port), "db-name": "postgres" },
    ...{ "db-user": "dumper", "db-password": PASSWORD, container: "db" },
  });
  const places: readonly [string, () => Record<string, string>][] = [
    ["on the runner", () => ({})],
    ["on the SSH host", () => ssh],
  ];
  const env = () => ({ PATH: process.env["PATH"] ?? "", ...engine.env });

  it.each(places)("%s makes a backup that is proven", async (_where, inputs) => {
    const destination = folder();
    const ran = await backup({ ...login(), ...inputs(), destination: destination.path }, { env: env() });
    expect(ran.outcome.failures).toEqual([]);
    expect(ran.left).toEqual([]);
    const manifest = manifestIn(destination.path, ran);
    expect(manifest.verification.level).toBe("archive");
    expect(manifest.tables.find(({ name }) => name === 'naïve "tab;le')?.rows).toBe(1000);
    expect(await programs()).toEqual([]);
  });

  it.each(places)("%s is ended there while it waits, when the run is cancelled", async (_where, inputs) => {
    await holdPgDump(server);
    const stop = new AbortController();
    const destination = path.join(folder().path, "backups");
    const running = backup({ ...login(), ...inputs(), destination }, { env: env(), signal: stop.signal });
    running.catch(() => undefined);
    await expect.poll(() => server.query(WAITING), { timeout: 20_000 }).toHaveLength(1);
    stop.abort(new Error("cancelled"));
    await expect(running).rejects.toThrow("cancelled");
    await expect.poll(programs, { timeout: 20_000 }).toEqual([]);
    const sessions = "select pid from pg_stat_activity where usename = 'dumper'";
    await expect.poll(() => server.query(sessions), { timeout: 10_000 }).toEqual([]);
  });

  /** What runs in the container beside its own sleep. */
  async function programs(): Promise<string[]> {
    const listed = await engine.docker("top", "db", "-eo", "pid,args");
    return listed.split("\n").filter((line) => /pg_dump|psql|pg_restore|sh -c/.test(line));
  }
});
