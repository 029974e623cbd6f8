import { readFileSync } from "node:fs";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schemas } from "../../actions/db-restore/src/schemas.ts";
import { bundle as backupBundle, start as startBackup } from "../db-backup/built-action.ts";
import { watchProcesses } from "../db-backup/processes.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { serverAndPrograms } from "../support/postgres-programs.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { inDatabase } from "./backup.ts";
import { bundle, start } from "./built-action.ts";
import { urlOf } from "./restoring.ts";

const PASSWORD = "Tr0ub4dor&3/#@ %correct";

describe("a backup of db-backup", needs("sshd", ...serverAndPrograms(16)), () => {
  let server: Postgres;
  let sshd: Sshd;
  let ssh: Record<string, string>;
  let identity: string;
  beforeAll(async () => {
    await backupBundle();
    await bundle();
    [server, sshd] = await Promise.all([startPostgres({ major: 16 }), startSshd()]);
    await server.query(`create role boss superuser login password '${PASSWORD}'; create role app`);
    await server.query("create database shop owner app");
    await inDatabase(server, "shop", (client) =>
      client.query(`
        set role app; create table orders (id int primary key, note text);
        insert into orders select n, md5(n::text) from generate_series(1, 30000) n;
        create table "odd ""name""" (a int references orders); insert into "odd ""name""" values (1);
        alter database shop set search_path = "$user", public; grant connect on database shop to pg_monitor;`),
    );
    identity = await generateIdentity();
    ssh = {
      ...{ "ssh-host": `${sshd.user}@${sshd.host}:${sshd.port}`, "ssh-key": sshd.clientKey() },
      "ssh-known-hosts": sshd.knownHostsLine(),
    };
  }, 240_000);
  afterAll(() => Promise.all([server?.stop(), sshd?.stop()]));

  let made: Promise<string> | undefined;
  /** Where the backup is; made once, encrypted and over SSH. */
  const backup = (): Promise<string> => {
    made ??= makeBackup();
    return made;
  };
  async function makeBackup(): Promise<string> {
    const destination = `ssh:${makeTempDir("backups").path}`;
    const recipient = await identityToRecipient(identity);
    const running = await startBackup({
      ...{ ...ssh, ...parts("shop"), tunnel: "true", destination, "encrypt-to": recipient },
    });
    const done = await running.done;
    expect(done.annotations).toEqual([]);
    return destination;
  }

  const parts = (database: string) => ({
    ...{ "db-host": "127.0.0.1", "db-port": String(server.port), "db-name": database },
    ...{ "db-user": "boss", "db-password": PASSWORD },
  });

  it("comes back through SSH as it was: rows, owner, settings, grants; no secret in any process, file or log", async () => {
    const run = await start({
      ...ssh,
      ...parts("copy"),
      from: await backup(),
      tunnel: "true",
      "age-identity": identity,
    });
    const seen = watchProcesses(run.temp);
    const done = await run.done;
    expect(done.log).toContain("restored=copy");
    expect(done.ok).toBe(true);
    const about = `select pg_get_userbyid(datdba) as owner, (select setconfig from pg_db_role_setting where setdatabase = d.oid) as settings,
                          (select array_agg(a::text order by a::text) from unnest(datacl) a) as acl from pg_database d where datname =`;
    expect(await server.query(`${about} 'copy'`)).toEqual(await server.query(`${about} 'shop'`));
    const sum = "select md5(string_agg(o::text, ',' order by id)) as sum, count(*)::int as n from orders o";
    const [copy, shop] = await Promise.all(
      ["copy", "shop"].map((name) => inDatabase(server, name, (c) => c.query(sum))),
    );
    expect(copy?.rows).toEqual(shop?.rows);

    const processes = seen().filter(({ argv }) => !argv.join(" ").includes("vitest"));
    expect(processes.map(({ argv }) => argv.join(" ")).join("\n")).toMatch(/pg_restore.*--jobs=2/);
    const programs = processes.filter(({ argv }) => !/node/.test(argv[0] ?? ""));
    for (const secret of [PASSWORD, PASSWORD.slice(0, 9), identity, sshd.clientKey().slice(40, 80)]) {
      expect(JSON.stringify(programs)).not.toContain(secret);
      expect(done.log).not.toContain(secret);
      expect(done.summary).not.toContain(secret);
      expect(readFileSync(done.outputs["report"] ?? "", "utf8")).not.toContain(secret);
    }
    expect(done.orphans).toEqual([]);
  }, 60_000);

  it("writes a report that follows its schema, and a summary that says what is proven", async () => {
    const run = await start({
      ...{
        from: await backup(),
        ...ssh,
        "age-identity": identity,
        "database-url": urlOf(server, "swapped"),
        "dry-run": "false",
      },
    });
    const done = await run.done;
    const report: unknown = JSON.parse(readFileSync(done.outputs["report"] ?? "", "utf8"));
    expect(schemas["report.schema.json"].safeParse(report).error).toBeUndefined();
    expect(done.summary).toContain("30,001 rows in 2 tables");
    expect(Number(done.outputs["duration-seconds"])).toBeGreaterThan(0);
  }, 60_000);

  it("leaves nothing behind when the run is cancelled while it restores", async () => {
    const run = await start(
      { ...ssh, ...parts("never"), from: await backup(), tunnel: "true", "age-identity": identity },
      {
        onLine: (line) => {
          if (line.includes("Restoring")) run.cancel();
        },
      },
    );
    const done = await run.done;
    expect(done.conclusion).toBe("cancelled");
    expect(await server.query("select datname from pg_database where datname like 'never%'")).toEqual([]);
    expect(done.orphans).toEqual([]);
    const report = JSON.parse(readFileSync(done.outputs["report"] ?? "", "utf8")) as {
      result: string;
      left: string[];
    };
    expect(report).toMatchObject({ result: "cancelled", left: [] });
  }, 60_000);
});
