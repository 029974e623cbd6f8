// npm run migrate: brings the database of DATABASE_URL up to date.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Client } from "pg";

const FOLDER = path.join(import.meta.dirname, "../migrations");
// Any number will do; it keeps two deployments from migrating at the same time.
const LOCK = 715_001;

/** Applies the migrations that the database has not seen, in the order of their names, each in a transaction. */
async function migrate(client: Client): Promise<string[]> {
  await client.query("select pg_advisory_lock($1)", [LOCK]);
  await client.query(
    "create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())",
  );
  const { rows } = await client.query<{ name: string }>("select name from migrations");
  const applied = new Set(rows.map(({ name }) => name));
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".sql")).sort();
  const missing = files.filter((file) => !applied.has(file));
  for (const file of missing) {
    await client.query("begin");
    await client.query(await readFile(path.join(FOLDER, file), "utf8"));
    await client.query("insert into migrations (name) values ($1)", [file]);
    await client.query("commit");
  }
  return missing;
}

const client = new Client({ connectionString: process.env["DATABASE_URL"] });
await client.connect();
try {
  const done = await migrate(client);
  console.log(done.length === 0 ? "The database is up to date." : `Applied ${done.join(", ")}.`);
} finally {
  // The lock, and a transaction that failed, end with the connection.
  await client.end();
}
