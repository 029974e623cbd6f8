import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dial } from "../../shared/net/dial.ts";
import { type DatabaseAddress, parseDatabaseUrl } from "../../shared/postgres/address.ts";
import { databaseArgument, libpqAccess } from "../../shared/postgres/libpq-access.ts";
import { passfileText } from "../../shared/postgres/passfile.ts";
import { openRelay } from "../../shared/postgres/relay.ts";
import { quoteIdentifier, quoteLiteral } from "../../shared/postgres/sql.ts";
import { runs } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { programsOf } from "../support/postgres-programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const run = promisify(execFile);
const temp = makeTempDir("libpq");
afterAll(() => temp.remove());
const env = { PATH: process.env["PATH"], RUNNER_TEMP: temp.path, PGPASSWORD: "wrong", PGHOST: "elsewhere" };

describe("a password file", () => {
  it("is refused for a password with a line break, which libpq would cut off", () => {
    for (const password of ["a\nb", "a\r", "\n"]) expect(() => passfileText(password)).toThrow("line break");
  });

  it("is empty without a password", () => {
    expect([passfileText(undefined), passfileText("")]).toEqual(["", ""]);
  });
});

describe("logging in PostgreSQL's programs", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
  });
  afterAll(() => server.stop());

  const psql = (access: { readonly env: Readonly<Record<string, string>> }, ...args: string[]) =>
    run(path.join(programsOf(15), "psql"), ["-X", "-At", "-w", ...args], { env: { ...access.env } });

  it("hands over any password, database and user by files and environment alone", async () => {
    const text = fc
      .string({ unit: "binary", minLength: 1, maxLength: 20 })
      .filter((each) => !/\p{Cc}/u.test(each));
    const odd = fc.oneof(
      fc.constantFrom("a:b\\c", " x ", "a=b", "postgres://x", "#/@ %'\"", "*", "\\"),
      text,
    );
    await fc.assert(
      fc.asyncProperty(odd, odd, async (password, name) => {
        await server.query(
          `create user ${quoteIdentifier(name)} password ${quoteLiteral(password)};
           grant create on schema public to ${quoteIdentifier(name)}`,
        );
        const database = {
          ...parseDatabaseUrl(server.url),
          user: name,
          password,
          options: "-c search_path=app",
        };
        const access = await libpqAccess(database, { env });
        try {
          const { stdout } = await psql(access, "-c", "select current_user, current_setting('search_path')");
          expect(stdout).toBe(`${name}|app\n`);
        } finally {
          await access.close();
          await server.query(`drop owned by ${quoteIdentifier(name)}; drop user ${quoteIdentifier(name)}`);
        }
      }),
      // Names are limited to 63 bytes, and a name of blanks alone is fine.
      { numRuns: runs(12, 300) },
    );
  });

  it("names a database in an argument so that libpq takes it for nothing else", async () => {
    for (const name of ["a=b", "postgres://x", "it's \\ here", "Größe 漢"]) {
      await server.query(`create database ${quoteIdentifier(name)}`);
      const access = await libpqAccess(parseDatabaseUrl(server.url), { env });
      const { stdout } = await psql(access, "-d", databaseArgument(name), "-c", "select current_database()");
      expect(stdout).toBe(`${name}\n`);
      await access.close();
    }
  });

  it("keeps the password in a file for this user alone, gone afterwards, and nowhere in the environment", async () => {
    const database = parseDatabaseUrl(server.url);
    const access = await libpqAccess(database, { env });
    const file = access.env["PGPASSFILE"] ?? "";
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(readFileSync(file, "utf8")).toContain(database.password);
    expect(JSON.stringify(access.env)).not.toContain(database.password);
    expect(access.env).not.toHaveProperty("PGPASSWORD");
    await access.close();
    await access.close();
    expect(existsSync(path.dirname(file))).toBe(false);
  });

  it("takes nothing from the user's own files", async () => {
    const home = makeTempDir("home");
    const { host, port } = server;
    writeFileSync(path.join(home.path, ".pgpass"), `${host}:${port}:*:*:${server.password}`, { mode: 0o600 });
    const database = { ...parseDatabaseUrl(server.url), password: undefined };
    const access = await libpqAccess(database, { env: { ...env, HOME: home.path } });
    await expect(psql(access, "-c", "select 1")).rejects.toThrow("no password supplied");
    await access.close();
    home.remove();
  });

  it("leaves nothing behind where the files cannot be made", async () => {
    const before = readdirSync(temp.path);
    const root = { kind: "file", path: "/nowhere/ca.pem" } as const;
    const database: DatabaseAddress = {
      ...parseDatabaseUrl(server.url),
      sslmode: "verify-ca",
      sslrootcert: root,
    };
    await expect(libpqAccess(database, { env })).rejects.toMatchObject({ name: "UserError" });
    expect(readdirSync(temp.path)).toEqual(before);
  });

  it("goes through a relay to a server that only we can reach", async () => {
    const stop = new AbortController();
    const reach = () =>
      dial(
        { host: server.host, port: server.port },
        { what: "PostgreSQL", timeoutMs: 5_000, signal: stop.signal },
      );
    const relay = await openRelay(reach, stop.signal);
    const away = { ...parseDatabaseUrl(server.url), host: "db.internal", port: 5432 };
    const access = await libpqAccess(away, { env, relay });
    const { stdout } = await psql(access, "-c", "select count(*) from generate_series(1, 200000) as n");
    expect(stdout).toBe("200000\n");
    expect(relay.failure()).toBeUndefined();
    await relay.close();
    await expect(psql(access, "-c", "select 1")).rejects.toThrow(/refused/);
    await access.close();
  });

  it("makes a program fail when the way breaks, and tells why", async () => {
    const stop = new AbortController();
    const relay = await openRelay(() => Promise.reject(new Error("the tunnel is gone")), stop.signal);
    const access = await libpqAccess(parseDatabaseUrl(server.url), { env, relay });
    await expect(psql(access, "-c", "select 1")).rejects.toThrow(/connection|reset/i);
    expect(relay.failure()).toMatchObject({ message: "the tunnel is gone" });
    await access.close();
    stop.abort();
  });
});
