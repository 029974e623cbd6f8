import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { locate } from "../../support/needs.ts";
import type { Postgres } from "../../support/postgres.ts";
import { giveAway } from "../../support/postgres-template.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { addDatabases } from "./run-matrix.ts";

const run = promisify(execFile);

/**
 * Runs the SQL of PostgreSQL's regression tests, in their order, in the database `regression`. What wants their C
 * functions fails, and so does what depends on it: it is the schema that is wanted, not the results.
 */
export async function buildRegressionDatabase({ host, port, user, password, url }: Postgres): Promise<void> {
  const folder = locate("postgres-15-regress");
  const home = locate("postgres-15");
  await addDatabases(url, ["regression"]);
  const scratch = makeTempDir("regression");
  mkdirSync(path.join(scratch.path, "results"));
  chmodSync(scratch.path, 0o755);
  await giveAway(path.join(scratch.path, "results"));
  const env = {
    ...{ PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: "regression" },
    ...{
      PG_ABS_SRCDIR: folder,
      PG_ABS_BUILDDIR: scratch.path,
      PG_LIBDIR: path.join(home, "lib"),
      PG_DLSUFFIX: ".so",
    },
    ...{ PGTZ: "PST8PDT", PGDATESTYLE: "Postgres, MDY" },
  };
  try {
    for (const name of testNames(readFileSync(path.join(folder, "parallel_schedule"), "utf8"))) {
      const options = { env, maxBuffer: 1 << 28, timeout: 120_000 };
      const psql = run(path.join(home, "bin/psql"), ["-X", "-q"], options);
      // psql ends early where a test ends the connection.
      psql.child.stdin
        ?.on("error", () => undefined)
        .end(readFileSync(path.join(folder, "sql", `${name}.sql`)));
      await psql.catch(() => undefined);
    }
  } finally {
    scratch.remove();
  }
}

/** Tablespaces are made below the source, where the server may not write. */
function testNames(schedule: string): readonly string[] {
  const lines = schedule.split("\n").filter((line) => line.startsWith("test: "));
  return lines
    .flatMap((line) => line.slice("test: ".length).split(/\s+/))
    .filter((name) => name !== "tablespace");
}
