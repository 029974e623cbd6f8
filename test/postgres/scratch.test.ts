import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parseDatabaseUrl } from "../../shared/postgres/address.ts";
import { type Cluster, clusterOf, sameCluster } from "../../shared/postgres/cluster.ts";
import { connectPostgres } from "../../shared/postgres/connect.ts";
import { databaseLocale } from "../../shared/postgres/create-database.ts";
import { findPrograms } from "../../shared/postgres/programs.ts";
import { SCRATCH_PREFIX } from "../../shared/postgres/scratch/databases.ts";
import {
  openScratch,
  type ScratchOptions,
  type ScratchServer,
} from "../../shared/postgres/scratch/scratch.ts";
import { isRunning } from "../support/is-running.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import {
  MAJORS_WITH_PROGRAMS,
  pathWithPrograms,
  programsOf,
  serverAndPrograms,
} from "../support/postgres-programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const run = promisify(execFile);
const { signal } = new AbortController();

const elsewhere: Cluster = { systemIdentifier: "1", startedAt: "2020" };
const url = parseDatabaseUrl("postgres://app@db.example/app");

async function options(given: Partial<ScratchOptions> = {}): Promise<ScratchOptions> {
  const temp = makeTempDir("scratch");
  onTestFinished(() => temp.remove());
  // Where the tests run as root, the server does not.
  chmodSync(temp.path, 0o711);
  const env = {
    PATH: pathWithPrograms(),
    RUNNER_TEMP: temp.path,
    PGPASSWORD: "of the target",
    PGHOST: "target",
  };
  const programs = await findPrograms(["postgres", "initdb"], { env, signal });
  return {
    ...{ url: undefined, target: { cluster: elsewhere, address: url }, major: 15, programs, reach: "socket" },
    ...{ env, signal, info: () => undefined, ...given },
  };
}

async function open(given: ScratchOptions): Promise<ScratchServer> {
  const server = await openScratch(given);
  onTestFinished(() => server.close());
  return server;
}

const psql = (env: Readonly<Record<string, string>>, sql: string) =>
  run(path.join(programsOf(15), "psql"), ["-X", "-At", "-w", "-c", sql], { env: { ...env } });

describe("a temporary server", needs("postgres-15"), () => {
  for (const major of MAJORS_WITH_PROGRAMS) {
    it(
      `of PostgreSQL ${major} takes a database and gives it up again`,
      needs(...serverAndPrograms(major)),
      async () => {
        const server = await open(await options({ major }));
        expect(server.version.major).toBe(major);
        const database = await server.newDatabase();
        const { stdout } = await psql(database.env, "create table a (); select current_database()");
        expect(stdout).toContain(SCRATCH_PREFIX);
        await database.drop();
        await expect(psql(database.env, "select 1")).rejects.toThrow();
      },
    );
  }

  it("is reached by its socket alone, in a directory for its user alone, with a password", async () => {
    const server = await open(await options());
    const { address, env } = await server.newDatabase();
    expect(statSync(address.host).mode & 0o777).toBe(0o700);
    const client = await connectPostgres(address, { applicationName: "test", signal });
    const { rows } = await client.query("show listen_addresses");
    expect(rows).toEqual([{ listen_addresses: "" }]);
    await client.close();
    await expect(psql({ ...env, PGPASSFILE: "/nowhere" }, "select 1")).rejects.toThrow("no password");
  });

  it("is also reached by loopback where that is asked for", async () => {
    const server = await open(await options({ reach: "tcp" }));
    const { address, env } = await server.newDatabase();
    expect(address.host).toBe("127.0.0.1");
    expect((await psql(env, "select inet_server_addr()")).stdout).toMatch(/^127\.0\.0\.1/);
  });

  it("hands programs no address but its own", async () => {
    const server = await open(await options());
    const { env } = await server.newDatabase();
    expect(env).not.toHaveProperty("PGPASSWORD");
    expect(JSON.stringify(env)).not.toContain("target");
  });

  it("leaves no process and no file behind", async () => {
    const given = await options();
    const server = await open(given);
    await server.newDatabase();
    const pid = serverProcess(String(given.env["RUNNER_TEMP"]));
    expect(isRunning(pid)).toBe(true);
    await server.close();
    await server.close();
    expect(isRunning(pid)).toBe(false);
    expect(readdirSync(String(given.env["RUNNER_TEMP"]))).toEqual([]);
  });

  it("ends at once when the run is cancelled, also while it starts, and is cleaned up after that", async () => {
    const stop = new AbortController();
    const given = await options({ signal: stop.signal });
    const opening = openScratch(given);
    stop.abort(new Error("cancelled"));
    await expect(opening).rejects.toThrow("cancelled");
    expect(readdirSync(String(given.env["RUNNER_TEMP"]))).toEqual([]);

    const late = new AbortController();
    const server = await open({ ...given, signal: late.signal });
    const { address } = await server.newDatabase();
    late.abort(new Error("cancelled"));
    await server.close();
    expect(existsSync(address.host)).toBe(false);
  });

  it("ends with a process that is killed", async () => {
    const given = await options();
    const temp = String(given.env["RUNNER_TEMP"]);
    const child = spawn(process.execPath, [path.join(import.meta.dirname, "scratch-holder.ts")], {
      env: { ...given.env, PATH: pathWithPrograms() } as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    const pid = serverProcess(temp);
    child.kill("SIGKILL");
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
    await expect
      .poll(() => readdirSync(temp).filter((name) => name.startsWith("scratch-")), { timeout: 10_000 })
      .toEqual([]);
  });

  it("says what the program said when it cannot be started", async () => {
    const given = await options();
    const broken = given.programs.map((each) =>
      each.name === "initdb" ? { ...each, path: "/bin/false" } : each,
    );
    await expect(openScratch({ ...given, programs: broken })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining("/bin/false did not start a temporary server: exit code 1"),
    });
    expect(readdirSync(String(given.env["RUNNER_TEMP"]))).toEqual([]);
  });

  it("names what to install where there is no such server", async () => {
    const given = await options({ programs: [], major: 17 });
    await expect(openScratch(given)).rejects.toMatchObject({
      hint: expect.stringContaining("postgresql-17"),
    });
  });
});

describe("scratch-url", needs("postgres-14", "postgres-15"), () => {
  let target: Postgres;
  let scratch: Postgres;
  beforeAll(async () => {
    [target, scratch] = await Promise.all([startPostgres({ major: 14 }), startPostgres({ major: 15 })]);
    for (const server of [target, scratch]) {
      await server.query(
        "create role checker login createdb password 'checker'; create role plain login password 'plain'",
      );
    }
  });
  afterAll(() => Promise.all([target.stop(), scratch.stop()]));

  const as = (server: Postgres, user: string) =>
    parseDatabaseUrl(`postgres://${user}:${user}@127.0.0.1:${server.port}/postgres`);
  const cluster = async (server: Postgres, user: string) => {
    const client = await connectPostgres(as(server, user), { applicationName: "test", signal });
    try {
      return await clusterOf(client);
    } finally {
      await client.close();
    }
  };
  const aim = async (server: Postgres) => ({
    cluster: await cluster(server, "plain"),
    address: as(server, "plain"),
  });
  const databases = (server: Postgres) =>
    server.query(`select datname from pg_database where starts_with(datname, '${SCRATCH_PREFIX}')`);

  it("gives databases of their own, and takes back each and all, also while somebody is connected", async () => {
    const server = await open(await options({ url: as(scratch, "checker"), target: await aim(target) }));
    const [one, two] = [await server.newDatabase(), await server.newDatabase()];
    await psql(one.env, "create table a ()");
    expect(await databases(scratch)).toHaveLength(2);
    const guest = await connectPostgres(one.address, { applicationName: "test", signal });
    await one.drop();
    await guest.close();
    expect(await databases(scratch)).toEqual([{ datname: two.address.database }]);
    await server.close();
    expect(await databases(scratch)).toEqual([]);
  });

  it("is refused on the cluster of the target, though it is called by another name and used by another user", async () => {
    const given = await options({
      url: { ...as(scratch, "checker"), host: "localhost" },
      target: await aim(scratch),
    });
    await expect(openScratch(given)).rejects.toMatchObject({
      message: expect.stringContaining("on the same server"),
      where: { input: "scratch-url" },
    });
    expect(await databases(scratch)).toEqual([]);
  });

  it("is refused where the user may make no databases", async () => {
    const given = await options({ url: as(scratch, "plain"), target: await aim(target) });
    await expect(openScratch(given)).rejects.toMatchObject({ hint: expect.stringContaining("CREATEDB") });
  });

  it("makes a database with the locale of another", async () => {
    await target.query(
      "create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'",
    );
    const client = await connectPostgres(
      { ...as(target, "plain"), database: "latin" },
      { applicationName: "test", signal },
    );
    const locale = await databaseLocale(client);
    await client.close();
    const server = await open(await options({ url: as(scratch, "checker"), target: await aim(target) }));
    const { address } = await server.newDatabase(locale);
    const made = await connectPostgres(address, { applicationName: "test", signal });
    expect(await databaseLocale(made)).toEqual(locale);
    await made.close();
  });

  it("drops its database also when the run was cancelled while it was made", async () => {
    const stop = new AbortController();
    const server = await open(
      await options({ url: as(scratch, "checker"), target: await aim(target), signal: stop.signal }),
    );
    const making = server.newDatabase();
    stop.abort(new Error("cancelled"));
    await expect(making).rejects.toThrow("cancelled");
    await server.close();
    expect(await databases(scratch)).toEqual([]);
  });
});

describe("telling clusters apart", () => {
  const cases: readonly [string, Cluster, Cluster, boolean][] = [
    [
      "one start",
      { systemIdentifier: undefined, startedAt: "a" },
      { systemIdentifier: "1", startedAt: "a" },
      true,
    ],
    [
      "one identifier",
      { systemIdentifier: "1", startedAt: "a" },
      { systemIdentifier: "1", startedAt: "b" },
      true,
    ],
    [
      "two identifiers",
      { systemIdentifier: "1", startedAt: "a" },
      { systemIdentifier: "2", startedAt: "b" },
      false,
    ],
    [
      "nothing but two starts",
      { systemIdentifier: undefined, startedAt: "a" },
      { systemIdentifier: undefined, startedAt: "b" },
      false,
    ],
  ];
  for (const [what, one, other, same] of cases) {
    it(`takes ${what} for ${same ? "the same" : "another"}`, () => {
      expect(sameCluster(one, other)).toBe(same);
      expect(sameCluster(other, one)).toBe(same);
    });
  }
});

/** The postmaster of the only server below a directory. */
function serverProcess(temp: string): number {
  const [name = ""] = readdirSync(temp).filter((each) => each.startsWith("scratch-postgres-"));
  return Number(readFileSync(path.join(temp, name, "data/postmaster.pid"), "utf8").split("\n")[0]);
}
