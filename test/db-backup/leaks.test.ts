import { existsSync, readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { programsOf } from "../support/postgres-programs.ts";
import { S3_KEYS, startS3 } from "../support/s3/server.ts";
import { startSshd } from "../support/sshd.ts";
import { leaks } from "../validate-secrets/leaks.ts";
import { folder } from "./backup.ts";
import { bundle, start } from "./built-action.ts";
import { heldDump } from "./fake-programs.ts";
import { type Process, processesWith, watchProcesses } from "./processes.ts";

// What libpq, URLs, shells and passfiles have their own opinions of.
const PASSWORD = "Pa#ss/w@rd:%41 'q\"uoted\\ süß7391";

describe("what a backup gives away", needs("postgres-15", "sshd"), () => {
  let server: Postgres;
  beforeAll(async () => {
    await bundle();
    server = await startPostgres({ major: 15 });
    await server.query(`
      create role "back up" login superuser password '${PASSWORD.replaceAll("'", "''")}';
      create table events (id int primary key, note text);
      insert into events select i, md5(i::text) from generate_series(1, 20000) i;
    `);
  }, 120_000);
  afterAll(() => server?.stop());

  const parts = () => ({
    "db-host": server.host,
    "db-port": String(server.port),
    "db-name": "postgres",
    "db-user": "back up",
  });
  const own = ({ argv }: Process): boolean =>
    argv[0] === process.execPath && argv[1]?.endsWith("index.js") === true;

  /** Texts that others on the machine could read while it ran: arguments of all, environment of what it started. */
  const visible = (seen: readonly Process[]): Record<string, string> => ({
    arguments: seen.flatMap(({ argv }) => argv).join("\n"),
    environment: seen
      .filter((each) => !own(each))
      .flatMap(({ environ }) => environ)
      .join("\n"),
  });

  test("is no secret at all: not by arguments, environment, log, report, summary or files", async () => {
    const sshd = await startSshd();
    const s3 = await startS3();
    onTestFinished(async () => {
      await sshd.stop();
      await s3.stop();
    });
    const dump = heldDump(programsOf(15), 100_000);
    const sshKey = sshd.clientKey();
    const running = await start(
      {
        ...parts(),
        ...{ "db-password": PASSWORD, "pg-bin": dump.directory },
        destination: `s3://backups/daily\nssh:${folder("sftp").path}\n${folder("local").path}`,
        ...{
          "s3-endpoint": s3.endpoint,
          "ssh-host": `${sshd.user}@${sshd.host}`,
          "ssh-port": String(sshd.port),
        },
        ...{ "ssh-key": sshKey, "ssh-known-hosts": sshd.knownHostsLine() },
        "include-globals": "true",
      },
      { env: { ...S3_KEYS } },
    );
    const stopWatching = watchProcesses(running.temp);
    await dump.held;
    const [passfile] = processesWith(running.temp)
      .flatMap(({ environ }) => environ)
      .filter((each) => each.startsWith("PGPASSFILE="));
    const file = (passfile ?? "").slice("PGPASSFILE=".length);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain("7391");
    dump.release();
    const done = await running.done;
    const seen = stopWatching();
    expect(done.report.failures).toEqual([]);
    expect(existsSync(file)).toBe(false);
    expect(seen.map(({ argv }) => argv.join(" ")).join("\n")).toMatch(/pg_dump/);
    const secrets = {
      password: PASSWORD,
      "SSH key": sshKey,
      "AWS secret": S3_KEYS.AWS_SECRET_ACCESS_KEY,
    };
    expect(leaks({ ...done.texts, ...visible(seen) }, secrets)).toEqual([]);
  });

  test.each<[string, (password: string) => Record<string, string>]>([
    ["a wrong password", (password) => ({ ...parts(), "db-password": password })],
    [
      "a password in the URL that was not encoded",
      (password) => ({ "database-url": `postgres://ro:${password}@127.0.0.1:${server.port}/postgres` }),
    ],
    [
      "a wrong password in the URL",
      (password) => ({
        "database-url": `postgres://ro:${encodeURIComponent(password)}@127.0.0.1:${server.port}/postgres`,
      }),
    ],
    [
      "a destination with a key pair in it",
      (password) => ({
        ...parts(),
        "db-password": PASSWORD,
        destination: `s3://AKIA:${encodeURIComponent(password)}@backups`,
      }),
    ],
  ])("is no secret either when it fails of %s", async (_what, inputs) => {
    const password = "hunt#er/2@Zzz?91 süß %7E";
    const running = await start({ destination: folder().path, ...inputs(password) });
    const stopWatching = watchProcesses(running.temp);
    const done = await running.done;
    expect(done.ok).toBe(false);
    expect(done.annotations).toHaveLength(1);
    expect(leaks({ ...done.texts, ...visible(stopWatching()) }, { password })).toEqual([]);
    // Parts of it that are too short to be told from chance elsewhere.
    for (const piece of ["hunt#", "er/2@", "Zzz?91"])
      expect(Object.values(done.texts).join()).not.toContain(piece);
  });
});
