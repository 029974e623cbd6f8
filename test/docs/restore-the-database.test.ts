import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { describe, expect, it, onTestFinished } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { inDatabase, makeBackup } from "../db-restore/backup.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { blocksOf, follow, withOwn } from "./page.ts";

describe("the page for the night of a disaster, followed to the letter", needs("postgres-15", "age"), () => {
  it("brings the data back within half an hour, and takes that back", { timeout: 300_000 }, async () => {
    const server = await startPostgres({ major: 15 });
    const backups = makeTempDir("backups");
    const clone = makeTempDir("clone");
    onTestFinished(async () => {
      await server.stop();
      backups.remove();
      clone.remove();
    });
    const identity = await generateIdentity();
    const recipients = [await identityToRecipient(identity)];
    const shop = (sql: string) => inDatabase(server, "shop", (client) => client.query(sql));
    const orders = "CREATE TABLE orders (id int PRIMARY KEY, total int)";
    await server.query("CREATE DATABASE shop");
    await shop(`${orders}; INSERT INTO orders SELECT n, n FROM generate_series(1, 500) n`);
    const made = { server, major: 15, database: "shop", directory: backups.path, recipients } as const;
    await makeBackup({ ...made, at: Date.parse("2026-03-01T03:00:00Z") });
    await shop("INSERT INTO orders VALUES (501, 1)");
    const newest = await makeBackup({ ...made, at: Date.parse("2026-03-02T03:00:00Z") });
    // The disaster.
    await shop("DELETE FROM orders WHERE id > 7");

    writeFileSync(path.join(clone.path, "backup.key"), `# made by age-keygen\n${identity}\n`, {
      mode: 0o600,
    });
    const action = `node ${path.join(REPOSITORY, "scripts/run.cjs")} action`;
    copyFileSync(path.join(REPOSITORY, ".npmrc"), path.join(clone.path, ".npmrc"));
    writeFileSync(path.join(clone.path, "package.json"), JSON.stringify({ scripts: { action } }));
    const [fill = "", ...rest] = blocksOf("restore-the-database.md", "sh");
    const byHand = withOwn(rest.pop() ?? "", { "backup.dump.zst.age": newest.location });
    const own = { "db.example": server.host, "5432": String(server.port), "the-password": server.password };
    const blocks = [withOwn(fill, { ...own, "s3://acme-backups/shop": backups.path }), ...rest, byHand];
    const programs = `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
    const said = await follow(blocks, { cwd: clone.path, env: { PATH: programs, HOME: clone.path } });

    const [, seen = "", beside = "", looked = "", earlier = "", swapped = ""] = said;
    expect(seen).toContain("20260302");
    expect(beside).toMatch(/result.*restored/);
    expect(looked).toMatch(/501 \|\s+501/);
    expect(earlier).toContain("20260301");
    expect(swapped).toMatch(/501 \|\s+501/);
    // What was live when all began is live again, and nothing of what was restored is lost.
    const rows = (database: string) =>
      inDatabase(server, database, async (client) => {
        const { rows: found } = await client.query<{ n: number }>("SELECT count(*)::int AS n FROM orders");
        return found[0]?.n;
      });
    expect(await rows("shop")).toBe(7);
    expect(await rows("shop_of_the_backup")).toBe(501);
    expect(await rows("shop_restored")).toBe(500);
    expect(await rows("shop_by_hand")).toBe(501);
    expect(said.join("")).not.toContain(server.password);
    expect(said.join("")).not.toContain(identity);
  });

  it("leaves the live database open where it cannot be taken back", { timeout: 60_000 }, async () => {
    const server = await startPostgres({ major: 15, config: ["max_prepared_transactions = 2"] });
    onTestFinished(() => server.stop());
    const back = blocksOf("restore-the-database.md", "sh").find((block) =>
      block.includes("ALLOW_CONNECTIONS"),
    );
    const env = {
      ...{ PATH: "/usr/local/bin:/usr/bin:/bin", PGHOST: server.host, PGPORT: String(server.port) },
      ...{ PGUSER: server.user, PGPASSWORD: server.password },
    };
    const taken = () => follow([back ?? ""], { cwd: "/", env });
    const names = async () =>
      (await server.query("SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1"))
        .map(({ datname }) => String(datname))
        .filter((name) => name.startsWith("shop"));
    await server.query("CREATE DATABASE shop");
    // Nothing was swapped in.
    await expect(taken()).rejects.toThrow("there is no database of before");
    expect(await names()).toEqual(["shop"]);

    await server.query("CREATE DATABASE shop_before_20260302_030000");
    await inDatabase(server, "shop", (client) =>
      client.query("BEGIN; CREATE TABLE pinned (); PREPARE TRANSACTION 'pinned'"),
    );
    expect((await taken()).join("")).toContain("ROLLBACK");
    expect(await names()).toEqual(["shop", "shop_before_20260302_030000"]);

    await inDatabase(server, "shop", (client) => client.query("ROLLBACK PREPARED 'pinned'"));
    expect((await taken()).join("")).not.toContain("ERROR");
    expect(await names()).toEqual(["shop", "shop_of_the_backup"]);
  });
});
