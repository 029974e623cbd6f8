import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { locate } from "../../support/needs.ts";
import type { Postgres } from "../../support/postgres.ts";

const run = promisify(execFile);

/** Dumps a database of a server of PostgreSQL 15 and restores it into another one, without any error. */
export async function dumpAndRestore(
  { host, port, user, password }: Postgres,
  from: string,
  to: string,
): Promise<void> {
  const bin = path.join(locate("postgres-15"), "bin");
  const env = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password };
  const { stdout } = await run(path.join(bin, "pg_dump"), [from], { env, maxBuffer: 1 << 28 });
  const restored = run(path.join(bin, "psql"), ["-X", "-q", "-d", to], { env, maxBuffer: 1 << 28 });
  restored.child.stdin?.end(stdout);
  const { stderr } = await restored;
  expect(stderr.split("\n").filter((line) => line.startsWith("ERROR"))).toEqual([]);
}
