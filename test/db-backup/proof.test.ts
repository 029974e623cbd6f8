import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openArchive } from "../../shared/backup/archive.ts";
import { manifestKey } from "../../shared/backup/keys.ts";
import { COMPRESSIONS } from "../../shared/backup/manifest.ts";
import { openAttributes } from "../../shared/backup/sealed-attributes.ts";
import { openLocalStore } from "../../shared/storage/local/local-store.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { MAJORS_IN_FULL, MAJORS_WITH_PROGRAMS, serverAndPrograms } from "../support/postgres-programs.ts";
import { backup, failuresOf, folder, manifestIn } from "./backup.ts";
import { CONTENT } from "./content.ts";

describe.each(MAJORS_WITH_PROGRAMS)("on PostgreSQL %i", (major) => {
  describe("a backup", needs(...serverAndPrograms(major)), () => {
    const inFull = MAJORS_IN_FULL.includes(major) ? it : () => undefined;
    let server: Postgres;
    beforeAll(async () => {
      server = await startPostgres({ major, config: ["max_connections = 50"] });
      await server.query(CONTENT);
    });
    afterAll(() => server.stop());

    it("is proven by restoring it, with all that a database can hold, and holds it all", async () => {
      const destination = folder();
      const ran = await backup({
        "database-url": server.url,
        destination: destination.path,
        verify: "restore",
      });
      expect(ran.outcome.failures).toEqual([]);
      expect(ran.left).toEqual([]);
      const manifest = manifestIn(destination.path, ran);
      expect(manifest.verification.level).toBe("restore");
      expect(manifest.largeObjects).toBe(2);
      expect(manifest.sequences).toBe(3);
      const rows = Object.fromEntries(manifest.tables.map(({ name, rows }) => [name, rows]));
      expect(rows).toEqual({
        'naïve "tab;le': 1000,
        ...{ nothing_in_it: 0, no_columns: 1, child_1: 180, child_2: 120, base: 2, heir: 1, later_heir: 1 },
        ...{ fleeting: 1, kinds: 1, referrer: 0, "costs $& $$ $1": 1 },
      });
    });

    inFull("that is encrypted is read by its recipient alone, however it is compressed", async () => {
      for (const compression of some(1, COMPRESSIONS)) {
        const destination = folder();
        const identity = await generateIdentity();
        const recipient = await identityToRecipient(identity);
        const ran = await backup({
          ...{ "database-url": server.url, destination: destination.path, compression },
          ...{ "encrypt-to": recipient, "include-globals": "true" },
        });
        expect(ran.outcome.failures).toEqual([]);
        const manifest = manifestIn(destination.path, ran);
        expect(manifest.object).toMatchObject({ compression, encryption: "age", recipients: [recipient] });
        const signal = new AbortController().signal;
        const options = {
          store: openLocalStore(destination.path),
          object: manifest.object,
          zstd: undefined,
          signal,
        };
        let bytes = 0;
        for await (const chunk of await openArchive({ ...options, identities: [identity] }))
          bytes += (chunk as Buffer).length;
        expect(bytes).toBe(manifest.object.archiveBytes);
        await expect(openArchive({ ...options, identities: [await generateIdentity()] })).rejects.toThrow(
          /was not encrypted to the identity/,
        );
        const attributes = await openAttributes(manifest, [identity], "it");
        expect(attributes).toMatchObject({ owner: "postgres", locale: { encoding: "UTF8" } });
        expect(attributes.globals).toMatch(/CREATE ROLE "app owner"/);
        expect(attributes.globals).not.toMatch(/PASSWORD/);
        expect(attributes.roles).toEqual(expect.arrayContaining(["app owner", "reader"]));
      }
    });
  });
});

describe("a proof", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    await server.query("create table t (id int); insert into t select generate_series(1, 1000)");
  });
  afterAll(() => server.stop());

  it("works without the zstd program, by Node's own zlib", async () => {
    const destination = folder();
    const programs = "/usr/lib/postgresql/15/bin";
    const ran = await backup(
      { "database-url": server.url, destination: destination.path, "pg-bin": programs },
      { env: { PATH: programs } },
    );
    expect(ran.outcome.failures).toEqual([]);
    expect(manifestIn(destination.path, ran).rows).toBe(1000);
  });

  it("goes to every destination, and each copy is read back", async () => {
    const [one, two] = [folder(), folder()];
    const ran = await backup({ "database-url": server.url, destination: `${one.path}\n${two.path}` });
    expect(ran.outcome.failures).toEqual([]);
    expect(String(ran.outcome.outputs["locations"]).split("\n")).toHaveLength(2);
    expect(ran.log.match(/^proven=/gm)).toHaveLength(2);
    expect(manifestIn(one.path, ran)).toEqual(manifestIn(two.path, ran));
  });

  it("is made at the destinations that work where another is down, and fails the step", async () => {
    const [one, two] = [folder(), folder()];
    const broken = path.join(two.path, "a file");
    writeFileSync(broken, "");
    const ran = await backup({
      "database-url": server.url,
      destination: `${broken}/below\n${one.path}`,
      "keep-last": "1",
    });
    expect(ran.outcome.failures).toHaveLength(1);
    expect(ran.outcome.failures[0]?.message).toContain(broken);
    expect(manifestIn(one.path, ran).verification.level).toBe("archive");
    expect(ran.log).not.toContain("Retention");
  });

  it("writes and deletes nothing in a dry run, and tells what a real run then deletes", async () => {
    const destination = folder();
    const first = await backup({ "database-url": server.url, destination: destination.path });
    const before = readdirSync(destination.path, { recursive: true }).toSorted();
    const planned = await backup({
      ...{ "database-url": server.url, destination: destination.path, "keep-last": "1", "dry-run": "true" },
    });
    expect(planned.outcome.result).toBe("planned");
    expect(readdirSync(destination.path, { recursive: true }).toSorted()).toEqual(before);
    expect(planned.log).toContain(
      `would delete ${path.join(destination.path, String(first.outcome.outputs["file"]))}`,
    );
    const real = await backup({
      "database-url": server.url,
      destination: destination.path,
      "keep-last": "1",
    });
    expect(real.outcome.outputs["deleted"]).toBe(
      path.join(destination.path, String(first.outcome.outputs["file"])),
    );
    expect(existsSync(path.join(destination.path, manifestKey(String(first.outcome.outputs["file"]))))).toBe(
      false,
    );
  });

  it("is made of several databases, each under a prefix of its own", async () => {
    await server.query('create database "sho/p ü"');
    const destination = folder();
    const ran = await backup({ "database-url": server.url, destination: destination.path, databases: "all" });
    expect(ran.outcome.failures).toEqual([]);
    expect(readdirSync(destination.path).toSorted()).toEqual(["postgres", "sho=2Fp=20=C3=BC"]);
    expect(String(ran.outcome.outputs["file"]).split("\n")).toHaveLength(2);
  });

  it("fails for an empty database where there was data, unless that is allowed", async () => {
    await server.query("create database emptied");
    const url = server.url.replace(/postgres$/, "emptied");
    const destination = folder();
    const fill = await startTable(server, "emptied");
    await fill("create table t (id int); insert into t values (1)");
    await backup({ "database-url": url, destination: destination.path });
    await fill("truncate t");
    const [failure] = await failuresOf(backup({ "database-url": url, destination: destination.path }));
    expect(failure?.message).toMatch(/^The database emptied holds no row, and held data in the backup of 20/);
    expect(readdirSync(path.join(destination.path, "emptied"))).toHaveLength(2);
    const allowed = await backup({
      "database-url": url,
      destination: destination.path,
      "allow-empty": "true",
    });
    expect(allowed.outcome.failures).toEqual([]);
  });

  it("names every right that the role lacks, with the statements that grant them, before anything is written", async () => {
    await server.query(`
      create role weak login password 'weak'; create schema hidden; create table hidden.secrets (id int);
      create table hidden.more (id int); create sequence hidden.numbers; grant usage on schema hidden to weak;
    `);
    const destination = folder();
    const url = server.url.replace(/\/postgres:[^@]+@/, "/weak:weak@");
    const [failure] = await failuresOf(backup({ "database-url": url, destination: destination.path }));
    expect(failure?.message).toMatch(
      /^The role weak cannot read all of the database postgres: 3 tables, 1 sequence \(/,
    );
    expect(failure?.hint).toContain("GRANT SELECT ON TABLE hidden.secrets TO weak; ");
    expect(failure?.hint).toContain("GRANT SELECT ON SEQUENCE hidden.numbers TO weak;");
    expect(readdirSync(destination.path)).toEqual([]);
  });

  it("names the session that holds a lock, and stores nothing", async () => {
    await server.query("create database locked");
    const fill = await startTable(server, "locked");
    await fill("create table held (id int)");
    const blocker = await connectTo(server, "locked", "a migration");
    await blocker.query("begin; lock table held in access exclusive mode");
    const destination = folder();
    const url = server.url.replace(/postgres$/, "locked");
    const [failure] = await failuresOf(
      backup({ "database-url": url, destination: destination.path, "lock-timeout": "300ms" }),
    );
    await blocker.end();
    expect(failure?.message).toMatch(
      /^A table could not be locked for reading within 300 ms: it is held by session \d+ of postgres \(a migration\), idle in transaction for \d+ s, locks public\.held\.$/,
    );
    expect(readdirSync(destination.path)).toEqual([]);
  });
});

async function connectTo(server: Postgres, database: string, name = "test"): Promise<Client> {
  const { host, port, user, password } = server;
  const client = new Client({ host, port, user, password, database, application_name: name });
  await client.connect();
  return client;
}

async function startTable(server: Postgres, database: string): Promise<(sql: string) => Promise<void>> {
  return async (sql) => {
    const client = await connectTo(server, database);
    await client.query(sql);
    await client.end();
  };
}
