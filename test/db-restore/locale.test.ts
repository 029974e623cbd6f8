import { describe, expect, it, onTestFinished } from "vitest";
import type { Attributes } from "../../shared/backup/attributes.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, type PostgresOptions, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { inDatabase, makeBackup } from "./backup.ts";
import { restore, urlOf } from "./restoring.ts";

const LIBC = { encoding: "UTF8", provider: "c", collate: "C", ctype: "C" } as const;
const ICU = { ...LIBC, provider: "i", locale: "en-US" } as const;
const BUILTIN = { ...LIBC, provider: "b", locale: "C.UTF-8" } as const;

describe("the locale of a restored database", () => {
  async function server(options: PostgresOptions): Promise<Postgres> {
    const started = await startPostgres(options);
    onTestFinished(() => started.stop());
    await started.query("create database words");
    await inDatabase(started, "words", (client) =>
      client.query("create table words as select unnest(array['a', 'B', 'c']) as word"),
    );
    return started;
  }

  /** Restores a backup of that locale into a database of that name. */
  async function restored(at: Postgres, major: 15 | 17, name: string, locale: Attributes["locale"]) {
    const directory = makeTempDir("backups");
    onTestFinished(() => directory.remove());
    const { location } = await makeBackup({
      ...{ server: at, major, database: "words", directory: directory.path, attributes: { locale } },
    });
    return restore({ from: location, "database-url": urlOf(at, name) });
  }

  async function sorted(at: Postgres, database: string): Promise<string> {
    const { rows } = await inDatabase(at, database, (client) =>
      client.query<{ words: string }>("select string_agg(word, '' order by word) as words from words"),
    );
    return rows[0]?.words ?? "";
  }

  const icu = ["--locale-provider=icu", "--icu-locale=en-US"];
  it("is the backup's on a server whose own databases are of ICU", needs("postgres-15"), async () => {
    const at = await server({ major: 15, initdb: icu });
    expect((await restored(at, 15, "libc", LIBC)).problems).toEqual([]);
    expect((await restored(at, 15, "icu", ICU)).problems).toEqual([]);
    const providers = await server15(at);
    expect(providers).toEqual({ icu: "i en-US", libc: "c" });
    expect([await sorted(at, "libc"), await sorted(at, "icu")]).toEqual(["Bac", "aBc"]);
  });

  const builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  it("is the backup's on a server whose own are of the builtin provider", needs("postgres-17"), async () => {
    const at = await server({ major: 17, initdb: builtin });
    expect((await restored(at, 17, "libc", LIBC)).problems).toEqual([]);
    expect((await restored(at, 17, "builtin", BUILTIN)).problems).toEqual([]);
    const rows = await at.query(
      "select datname, datlocprovider::text as provider, datlocale from pg_database where datname in ('libc', 'builtin') order by 1",
    );
    expect(rows).toEqual([
      { datname: "builtin", provider: "b", datlocale: "C.UTF-8" },
      { datname: "libc", provider: "c", datlocale: null },
    ]);
  });

  it(
    "is that of ICU on any server, and is refused where it cannot be made",
    needs("postgres-15"),
    async () => {
      const at = await server({ major: 15 });
      expect((await restored(at, 15, "icu", ICU)).problems).toEqual([]);
      expect(await server15(at)).toEqual({ icu: "i en-US" });
      const before = await at.query("select oid, datname from pg_database order by 1");
      expect((await restored(at, 15, "builtin", BUILTIN)).problems).toEqual([
        expect.objectContaining({
          message: expect.stringMatching(/builtin locale provider.* since PostgreSQL 17/),
          hint: expect.stringContaining("into-empty"),
        }),
      ]);
      expect((await restored(at, 15, "rules", { ...ICU, icuRules: "&a < b" })).problems).toEqual([
        expect.objectContaining({ message: expect.stringMatching(/rules .* since PostgreSQL 16/) }),
      ]);
      // What is made is looked at before anything is restored into it.
      const { problems, left } = await restored(at, 15, "other", { ...LIBC, locale: "en-US" });
      expect(problems).toEqual([
        expect.objectContaining({ message: expect.stringContaining('locale "none" instead of "en-US"') }),
      ]);
      expect(left).toEqual([]);
      expect(await at.query("select oid, datname from pg_database order by 1")).toEqual(before);
    },
  );

  async function server15(at: Postgres): Promise<Record<string, string>> {
    const rows = await at.query(
      "select datname, concat_ws(' ', datlocprovider, daticulocale) as of from pg_database where datname in ('libc', 'icu', 'builtin')",
    );
    return Object.fromEntries(rows.map(({ datname, of }) => [String(datname), String(of)]));
  }
});
