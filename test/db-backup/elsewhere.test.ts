import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { backup, failuresOf, folder, manifestIn } from "./backup.ts";
import { CONTENT } from "./content.ts";
import { fakeDocker } from "./docker.ts";
import { heldDump } from "./fake-programs.ts";
import { holdPgDump, WAITING } from "./hold-pg-dump.ts";
import { processesWith } from "./processes.ts";

const PROGRAMS = "/usr/lib/postgresql/15/bin";

describe("pg_dump elsewhere", needs("postgres-15", "sshd"), () => {
  let server: Postgres;
  let sshd: Sshd;
  let ssh: Record<string, string>;
  const password = "p w'\"\\$#@/%é";
  beforeAll(async () => {
    [server, sshd] = await Promise.all([startPostgres({ major: 15 }), startSshd()]);
    await server.query(CONTENT);
    await server.query(`create role dumper superuser login password '${password.replaceAll("'", "''")}'`);
    ssh = {
      ...{ "ssh-host": `${sshd.user}@127.0.0.1:${sshd.port}`, "ssh-key": sshd.clientKey() },
      "ssh-known-hosts": sshd.knownHostsLine(),
    };
  });
  afterAll(async () => {
    await Promise.all([server.stop(), sshd.stop()]);
  });

  const login = () => ({
    ...{ "db-host": "127.0.0.1", "db-port": String(server.port), "db-name": "postgres" },
    ...{ "db-user": "dumper", "db-password": password },
  });

  const docker = () => ({ env: { PATH: `${fakeDocker("db", PROGRAMS)}:/usr/bin:/bin` } });

  it.each([
    ["through a tunnel", () => ssh, {}],
    ["on the SSH host", () => ({ ...ssh, "run-on": "ssh" }), {}],
    ["in a container on the runner", () => ({ container: "db" }), docker],
  ])("%s makes a backup that is proven", async (_name, inputs, options) => {
    const destination = folder();
    const ran = await backup(
      { ...login(), ...inputs(), destination: destination.path },
      typeof options === "function" ? options() : options,
    );
    expect(ran.outcome.failures).toEqual([]);
    expect(ran.left).toEqual([]);
    const manifest = manifestIn(destination.path, ran);
    expect(manifest.verification.level).toBe("archive");
    expect(manifest.tables.find(({ name }) => name === 'naïve "tab;le')?.rows).toBe(1000);
    const sessions = await server.query("select * from pg_stat_activity where usename = 'dumper'");
    expect(sessions).toEqual([]);
  });

  it("in a container proves by restoring on the runner", async () => {
    const destination = folder();
    const ran = await backup(
      { ...login(), container: "db", destination: destination.path, verify: "restore" },
      docker(),
    );
    expect(ran.outcome.failures).toEqual([]);
  });

  it.each([
    [
      "a container that is not there",
      { container: "web" },
      /the container web on the runner.*No such container: web/,
    ],
    ["a wrong password", { container: "db", "db-password": "wr ong" }, /password authentication failed/],
    [
      "a directory without programs",
      { container: "db", "pg-bin": "/nowhere" },
      /There is no psql on the container db/,
    ],
  ])("says what is wrong with %s, and stores nothing", async (_name, inputs, message) => {
    const destination = folder();
    const [failure] = await failuresOf(
      backup({ ...login(), destination: destination.path, ...inputs }, docker()),
    );
    expect(failure?.message).toMatch(message);
    expect(failure?.message).not.toContain("wr ong");
    expect(readdirSync(destination.path)).toEqual([]);
  });

  it.each([
    ["on the SSH host", () => ({ ...ssh, "run-on": "ssh" }), () => ({})],
    ["in its container", () => ({ container: "db" }), docker],
  ])("is ended %s while it waits for a lock, when the run is cancelled", async (_where, inputs, options) => {
    const destination = folder();
    const stop = new AbortController();
    await holdPgDump(server);
    const running = backup(
      { ...login(), ...inputs(), destination: destination.path },
      { ...options(), signal: stop.signal },
    );
    running.catch(() => undefined);
    await expect.poll(() => server.query(WAITING), { timeout: 15_000 }).toHaveLength(1);
    stop.abort(new Error("cancelled"));
    await expect(running).rejects.toThrow("cancelled");
    const sessions = "select pid from pg_stat_activity where usename = 'dumper'";
    await expect.poll(() => server.query(sessions), { timeout: 10_000 }).toEqual([]);
    expect(
      readdirSync(destination.path, { recursive: true }).filter((name) => /\.dump/.test(String(name))),
    ).toEqual([]);
  });

  it("in a container is not whole when the docker program ends well before it", async () => {
    const destination = folder();
    const dump = heldDump(PROGRAMS, 1_000);
    const running = failuresOf(
      backup(
        { ...login(), container: "db", "pg-bin": dump.directory, destination: destination.path },
        docker(),
      ),
    );
    await dump.held;
    const clients = processesWith(`PGPORT=${server.port}`).filter(
      ({ argv }) =>
        argv[1]?.endsWith("/docker") === true && argv.at(-1)?.includes("--format=custom") === true,
    );
    expect(clients).toHaveLength(1);
    for (const { pid } of clients) process.kill(pid, "SIGTERM");
    dump.release();
    const [failure] = await running;
    expect(failure?.message).toBe(
      "The docker program ended before what it ran in the container db on the runner did.",
    );
    expect(
      readdirSync(destination.path, { recursive: true }).filter((name) => /\.dump/.test(String(name))),
    ).toEqual([]);
  });

  it("names the right that is missing, over psql too", async () => {
    await server.query("create role weak login password 'weak'; create table hidden (id int)");
    const destination = folder();
    const [failure] = await failuresOf(
      backup(
        {
          ...login(),
          "db-user": "weak",
          "db-password": "weak",
          container: "db",
          destination: destination.path,
        },
        docker(),
      ),
    );
    expect(failure?.hint).toContain("GRANT SELECT ON TABLE public.hidden TO weak;");
  });
});
