import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDatabaseUrl } from "../../shared/postgres/address.ts";
import { backupRights, grantStatement } from "../../shared/postgres/backup-rights.ts";
import { connectPostgres } from "../../shared/postgres/connect.ts";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { check, type Manifest, reasons } from "./in-process.ts";

const password = randomBytes(12).toString("hex");

/** Everything that can be kept from a role, in names that need quoting; the role may connect and no more. */
const SETUP = [
  `create role reader login password '${password}'`,
  `create role nologin nologin password '${password}'`,
  `create schema "Odd schema"`,
  `create table "Odd schema"."Or""ders" (id int generated always as identity, note text)`,
  "create sequence public.counter",
  "create table public.parted (id int) partition by list (id)",
  "create table public.parted_1 partition of public.parted for values in (1)",
  "create table public.secluded (id int)",
  "alter table public.secluded enable row level security",
  "create temporary table passing (id int)",
  "create view public.seen as select 1 as one",
  "select lo_from_bytea(4711, 'data')",
];

describe.each([14, 18] as const)("on PostgreSQL %i", (major) => {
  describe("", needs(`postgres-${major}`), () => {
    let server: Postgres;
    let hop: Sshd | undefined;
    beforeAll(async () => {
      server = await startPostgres({ major });
      for (const statement of SETUP) await server.query(statement);
    });
    afterAll(async () => {
      await server?.stop();
      await hop?.stop();
    });

    const gaps = async (): Promise<{ names: string[]; statements: string[] }> => {
      const address = parseDatabaseUrl(`postgres://reader:${password}@127.0.0.1:${server.port}/postgres`);
      const client = await connectPostgres(address, {
        applicationName: "test",
        signal: new AbortController().signal,
      });
      try {
        const { gaps: found, role } = await backupRights(client);
        return {
          names: found.map(({ kind, name }) => `${kind} ${name}`),
          statements: found.map((gap) => grantStatement(gap, role)),
        };
      } finally {
        await client.close();
      }
    };

    it("finds everything that pg_dump could not read, and the statements it names are what it takes", async () => {
      const before = await gaps();
      expect(before.names).toEqual([
        'schema "Odd schema"',
        'table "Odd schema"."Or""ders"',
        "table public.parted",
        "table public.parted_1",
        "table public.secluded",
        'sequence "Odd schema"."Or""ders_id_seq"',
        "sequence public.counter",
        "row security public.secluded",
        "large object 4711",
      ]);
      for (const statement of before.statements) await server.query(statement);
      expect((await gaps()).names).toEqual([]);
      await server.query("drop owned by reader; alter role reader nobypassrls");
      expect((await gaps()).names).toEqual(before.names);
    });

    it("counts pg_read_all_data, which covers neither row security nor large objects", async () => {
      await server.query("grant pg_read_all_data to reader");
      expect((await gaps()).names).toEqual(["row security public.secluded", "large object 4711"]);
      await server.query("revoke pg_read_all_data from reader");
    });

    it("takes rights that come by another role, by PUBLIC and by ownership", async () => {
      await server.query(
        "create role owners; grant owners to reader; alter large object 4711 owner to owners",
      );
      await server.query(
        "grant select on sequence public.counter to public; alter table public.secluded owner to owners",
      );
      const { names } = await gaps();
      expect(names).not.toContain("large object 4711");
      expect(names).not.toContain("sequence public.counter");
      expect(names.filter((name) => name.includes("secluded"))).toEqual([]);
      await server.query("alter table public.secluded force row level security");
      expect((await gaps()).names).toContain("row security public.secluded");
      await server.query(
        "alter table public.secluded no force row level security; alter table public.secluded owner to postgres",
      );
      await server.query(
        "alter large object 4711 owner to postgres; revoke select on sequence public.counter from public; drop role owners",
      );
    });

    const manifest = (probe: Manifest): Manifest => ({
      secrets: {
        HOST: { kind: "host" },
        PORT: { kind: "port" },
        LOGIN: { kind: "user" },
        SECRET: { kind: "password" },
        BASE: { kind: "database-name" },
      },
      probes: {
        db: {
          kind: "postgres",
          host: "HOST",
          port: "PORT",
          user: "LOGIN",
          password: "SECRET",
          database: "BASE",
          ...probe,
        },
      },
    });
    const values = (changed: Readonly<Record<string, string>> = {}): Record<string, string> => ({
      ...{
        HOST: "127.0.0.1",
        PORT: String(server.port),
        LOGIN: "reader",
        SECRET: password,
        BASE: "postgres",
      },
      ...changed,
    });

    it("proves a login, and says whose fault it is when there is none", async () => {
      const good = await check(manifest({}), values());
      expect(good.outcome.result).toBe("valid");
      expect(good.secrets.every(({ provenBy }) => provenBy.includes("db"))).toBe(true);

      const wrong = await check(manifest({}), values({ SECRET: randomBytes(9).toString("hex") }));
      expect(wrong.verdicts).toMatchObject({
        SECRET: "invalid",
        LOGIN: "invalid",
        HOST: "valid",
        BASE: "valid",
      });
      const nobody = await check(manifest({}), values({ LOGIN: "nobody-here" }));
      expect(nobody.verdicts).toMatchObject({ SECRET: "invalid", LOGIN: "invalid" });
      const elsewhere = await check(manifest({}), values({ BASE: "no-such-base" }));
      expect(elsewhere.verdicts).toMatchObject({ BASE: "invalid", SECRET: "valid", LOGIN: "valid" });
      expect(reasons(elsewhere, "BASE")).toContain("the login is right");
      const barred = await check(manifest({}), values({ LOGIN: "nologin" }));
      expect(barred.verdicts).toMatchObject({ LOGIN: "insufficient", SECRET: "valid" });
    });

    it("takes a server that cannot be reached for unknown, never for invalid", async () => {
      const { verdicts, outcome } = await check(manifest({}), values({ PORT: String(await freePort()) }));
      expect(verdicts).toMatchObject({ "probe db": "unknown", SECRET: "unknown" });
      expect(outcome.failures).toEqual([]);
      expect(outcome.result).toBe("unknown");
    });

    it("says which rights a backup lacks and what to run, without the name of the role, which is a secret", async () => {
      const found = await check(manifest({ rights: "backup" }), values());
      expect(found.verdicts).toMatchObject({
        LOGIN: "insufficient",
        SECRET: "valid",
        "probe db": "insufficient",
      });
      expect(reasons(found, "LOGIN")).toBe(
        "the role could not take a full backup: it cannot read 1 schema, 4 tables, 2 sequences, " +
          "1 table for its row-level security, 1 large object",
      );
      const [probe] = found.probes;
      expect(probe?.findings[0]?.mend).toContain('GRANT pg_read_all_data TO "<the user in LOGIN>";');
      expect(probe?.findings[0]?.mend).toContain('ALTER ROLE "<the user in LOGIN>" BYPASSRLS;');
      expect(probe?.findings[0]?.mend).toContain(
        'GRANT SELECT ON LARGE OBJECT 4711 TO "<the user in LOGIN>";',
      );
      expect(JSON.stringify(found.outcome)).not.toMatch(new RegExp(`reader|${password}`));
      const owner = await check(
        manifest({ rights: "backup" }),
        values({ LOGIN: "postgres", SECRET: server.password }),
      );
      expect(owner.verdicts).toMatchObject({ "probe db": "valid", LOGIN: "valid" });
    });

    it("takes a database URL in one secret", async () => {
      const secrets = { DATABASE_URL: { kind: "database-url" } };
      const probes = { db: { kind: "postgres", url: "DATABASE_URL" } };
      const url = (word: string): Record<string, string> => ({
        DATABASE_URL: `postgres://reader:${word}@127.0.0.1:${server.port}/postgres`,
      });
      expect((await check({ secrets, probes }, url(password))).outcome.result).toBe("valid");
      expect((await check({ secrets, probes }, url("wrong"))).verdicts).toMatchObject({
        DATABASE_URL: "invalid",
      });
    });

    it("is reached through the server of an ssh probe", needs("sshd"), async () => {
      hop = await startSshd();
      const ssh = {
        kind: "ssh",
        host: "127.0.0.1",
        port: hop.port,
        user: hop.user,
        key: "KEY",
        "known-hosts": "PINS",
      };
      const base = manifest({ via: "server" });
      const both = {
        secrets: {
          ...(base["secrets"] as object),
          KEY: { kind: "ssh-key" },
          PINS: { kind: "ssh-known-hosts" },
        },
        probes: { ...(base["probes"] as object), server: ssh },
      };
      const keys = { KEY: hop.clientKey(), PINS: hop.knownHostsLine() };
      expect((await check(both, { ...values(), ...keys })).outcome.result).toBe("valid");
      const locked = await check(both, { ...values(), ...keys, KEY: hop.clientKey("stranger") });
      expect(locked.verdicts).toMatchObject({ KEY: "invalid", SECRET: "unknown", "probe db": "unknown" });
    });
  });
});
