import { readdirSync } from "node:fs";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type PgBouncer, type PoolMode, startPgBouncer } from "../support/pgbouncer.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { backup, failuresOf, folder, manifestIn } from "./backup.ts";
import { fakeDocker } from "./docker.ts";

const PROGRAMS = "/usr/lib/postgresql/15/bin";

describe("a database behind PgBouncer", needs("postgres-15", "pgbouncer", "sshd"), () => {
  let server: Postgres;
  let sshd: Sshd;
  const poolers = new Map<PoolMode, PgBouncer>();
  beforeAll(async () => {
    [server, sshd] = await Promise.all([startPostgres({ major: 15 }), startSshd()]);
    await server.query("create table events (id int); insert into events select generate_series(1, 100)");
    for (const mode of ["session", "transaction"] as const)
      poolers.set(mode, await startPgBouncer(server, mode));
  });
  afterAll(async () => {
    for (const pooler of poolers.values()) await pooler.stop();
    await Promise.all([server.stop(), sshd.stop()]);
  });
  // There, nobody is told the process number that the pooler has given out.
  const elsewhere = () =>
    [
      {
        ...{ "ssh-host": `${sshd.user}@127.0.0.1:${sshd.port}`, "ssh-key": sshd.clientKey() },
        ...{ "ssh-known-hosts": sshd.knownHostsLine(), "run-on": "ssh", "pg-bin": PROGRAMS },
      },
      { container: "db" },
    ] as const;
  const docker = () => ({ env: { PATH: `${fakeDocker("db", PROGRAMS)}:/usr/bin:/bin` } });
  const through = (mode: PoolMode): string => poolers.get(mode)?.url ?? "";

  it("in transaction mode is refused before anything is dumped, with what to do instead", async () => {
    const destination = folder().path;
    for (const more of [{}, { "dry-run": "true" }]) {
      const failures = await failuresOf(
        backup({ "database-url": through("transaction"), destination, ...more }),
      );
      expect(failures).toHaveLength(1);
      expect(failures[0]?.message).toContain("a pooler that shares sessions (transaction mode)");
      expect(failures[0]?.hint).toContain("Give the address of the server");
    }
    expect(readdirSync(destination)).toEqual([]);
  });

  it("in session mode has a backup that is proven, and the pooler is named in the log", async () => {
    const destination = folder().path;
    const ran = await backup({ "database-url": through("session"), destination });
    expect(ran.outcome.failures).toEqual([]);
    expect(ran.log).toContain("A pooler stands between, which keeps sessions apart.");
    expect(manifestIn(destination, ran)).toMatchObject({ rows: 100, verification: { level: "archive" } });
  });

  it("in transaction mode is refused where pg_dump runs elsewhere, too", async () => {
    const destination = folder().path;
    for (const inputs of elsewhere()) {
      const failures = await failuresOf(
        backup({ "database-url": through("transaction"), destination, ...inputs }, docker()),
      );
      expect(failures.map(({ message }) => message)).toEqual([
        expect.stringContaining("a pooler that shares sessions (transaction mode)"),
      ]);
    }
    expect(readdirSync(destination)).toEqual([]);
  });

  it("in transaction mode is refused while others use it, and they see nothing of it", async () => {
    const seen = new Set<string>();
    let going = true;
    const others = Array.from({ length: 12 }, async () => {
      const client = new Client({ connectionString: through("transaction") });
      await client.connect();
      while (going) {
        const { rows } = await client.query(
          "select current_setting('search_path') as path, current_setting('row_security') as security",
        );
        seen.add(`${rows[0]?.path} ${rows[0]?.security}`);
      }
      await client.end();
    });
    try {
      for (const inputs of [{}, elsewhere()[0], elsewhere()[0]]) {
        const failures = await failuresOf(
          backup({ "database-url": through("transaction"), destination: folder().path, ...inputs }),
        );
        expect(failures[0]?.message).toContain("a pooler that shares sessions (transaction mode)");
      }
    } finally {
      going = false;
      await Promise.all(others);
    }
    expect([...seen]).toEqual(['"$user", public on']);
  });

  it("in session mode has a backup that is proven where pg_dump runs elsewhere, too", async () => {
    const destination = folder().path;
    const ran = await backup({ "database-url": through("session"), destination, ...elsewhere()[0] });
    expect(ran.outcome.failures).toEqual([]);
    expect(manifestIn(destination, ran)).toMatchObject({ rows: 100 });
  });
});
