import path from "node:path";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";
import { inDatabase } from "../db-restore/backup.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { blocksOf, follow } from "./page.ts";

it("the page on rotating a credential, followed to the letter, refuses the application nothing", {
  ...needs("postgres-15"),
  timeout: 120_000,
}, async () => {
  const server = await startPostgres({ major: 15, config: ["log_statement = 'ddl'"] });
  const home = makeTempDir("home");
  onTestFinished(async () => {
    await server.stop();
    home.remove();
  });
  const { host, port } = server;
  await server.query("CREATE ROLE shop_a LOGIN PASSWORD 'the-old-one'");
  await server.query("CREATE DATABASE shop OWNER shop_a");
  const superuser = { PGHOST: host, PGPORT: String(port), PGUSER: server.user, PGPASSWORD: server.password };
  const env = { ...superuser, PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`, HOME: home.path };
  const inShop = (sql: string) =>
    inDatabase(server, "shop", async (client) => (await client.query(sql)).rows);

  // The application: each request a session of its own, which reads, writes, and now and then makes a table.
  let login = { user: "shop_a", password: "the-old-one" };
  let requests = 0;
  const refused: unknown[] = [];
  const request = async () => {
    const client = new Client({ host, port, database: "shop", ...login });
    try {
      await client.connect();
      await client.query(`CREATE TABLE made_${requests++} (id int)`);
      await client.query("INSERT INTO orders SELECT 1 + count(*) FROM orders");
    } catch (error) {
      refused.push(error);
    } finally {
      await client.end();
    }
  };
  await inShop("GRANT CREATE ON SCHEMA public TO shop_a");
  await inShop("CREATE TABLE orders (id bigint); ALTER TABLE orders OWNER TO shop_a");
  const [once = "", make = "", tryIt = "", used = "", revoke = "", drop = "", ...more] = blocksOf(
    "rotate-a-credential.md",
    "sh",
  );
  expect(more).toEqual([]);
  const serving = async (work: () => Promise<readonly string[]>): Promise<readonly string[]> => {
    let over = false;
    const loop = (async () => {
      do await request();
      while (!over);
    })();
    return work().finally(async () => {
      over = true;
      await loop;
    });
  };

  const tell = "printf 'new=%s\\n' \"$NEW\"\n";
  const said = await serving(() => follow([once, make, tryIt, tell], { cwd: home.path, env }));
  expect(said[2]).toBe("shop_b|shop\n");
  login = { user: "shop_b", password: /^new=(.+)$/m.exec(said[3] ?? "")?.[1] ?? "" };
  const ended = await serving(() => follow([used, revoke, drop], { cwd: home.path, env }));
  expect(ended[0]).toBe("0|\n");

  expect(refused).toEqual([]);
  expect(requests).toBeGreaterThan(3);
  const owners = await inShop("SELECT DISTINCT tableowner FROM pg_tables WHERE tablename LIKE 'made%'");
  expect(owners).toEqual([{ tableowner: "shop" }]);
  const old = new Client({ host, port, database: "shop", user: "shop_a", password: "the-old-one" });
  await expect(old.connect()).rejects.toThrow("authentication failed");
  expect(server.log()).not.toContain(login.password);
});
