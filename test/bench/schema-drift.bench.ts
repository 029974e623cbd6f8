import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { locate } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { manyTables, TANGLED, TANGLED_DIFFERENCES, twentyDifferences } from "./drift-schemas.ts";
import { type Command, type Measured, measure, medianOf } from "./process-group.ts";
import { type Row, round, type Setting, table } from "./table.ts";

const TABLES = 5_000;

/** What comparing two schemas of 5,000 tables costs, beside the bare catalog queries and public tools. */
export async function benchSchemaDrift({ root, folder, peers, rounds }: Setting): Promise<string> {
  const server = await startPostgres({
    major: 15,
    config: ["max_locks_per_transaction = 2048", "shared_buffers = 256MB"],
  });
  try {
    const [one, same, two] = await threeDatabases(
      server,
      "many",
      manyTables(TABLES),
      twentyDifferences(TABLES),
    );
    const commands = {
      [BARE]: bare(root, one, two),
      "schema-drift, the same schema": ours(root, folder, "same", one, same),
      "schema-drift, 20 differences": ours(root, folder, "twenty", one, two),
      "pg_dump -s twice, diff": {
        program: "bash",
        args: [
          "-c",
          '"$0" -s "$1" >"$3/a.sql" && "$0" -s "$2" >"$3/b.sql"; diff -u "$3/a.sql" "$3/b.sql"; exit 0',
          path.join(locate("postgres-15"), "bin/pg_dump"),
          one,
          two,
          folder,
        ],
        env: HERE,
      },
      ...(peers === undefined
        ? {}
        : {
            "@pgkit/migra, unsafe": {
              program: path.join(peers, "node_modules/.bin/migra"),
              // Its own command line takes what follows `--unsafe` for the value of that.
              args: ["run", two, one, "--unsafe", "true"],
              env: HERE,
            },
            "@supabase/pg-delta diff": {
              program: path.join(peers, "node_modules/.bin/pgdelta"),
              args: ["diff", "--source", two, "--desired", one],
              env: HERE,
            },
          }),
    };
    const results = await compare(server, commands, rounds);
    const tangled = await threeDatabases(server, "tangled", TANGLED, TANGLED_DIFFERENCES);
    const [base, copy, changed] = tangled;
    const ofTangled = await compare(
      server,
      {
        [BARE]: bare(root, base, changed),
        "schema-drift, the same schema": ours(root, folder, "tangled-same", base, copy),
        "schema-drift, 4 differences": ours(root, folder, "tangled", base, changed),
      },
      rounds,
    );
    return [
      "## schema-drift",
      "",
      `${TABLES.toLocaleString("en")} tables on both sides (8 columns, 2 indexes, 1 foreign key, 1 check each), PostgreSQL 15. Median of ${rounds} interleaved rounds; CPU without that of the server. Bar: 1.6× of the bare queries, beyond the start of a scratch server, and 200 MB (RSS is the highest sum over all processes of the step at one moment, those of a scratch server among them; PSS counts shared pages once).`,
      "",
      table(COLUMNS, rowsOf(results)),
      "",
      "A tangled schema: 509 tables, 137 views over each other, 1,200 indexes, 839 foreign keys, 594 functions. Bar: well under a second, beyond the start of a scratch server, which the differing texts of a view ask for.",
      "",
      table(COLUMNS, rowsOf(ofTangled)),
      "",
    ].join("\n");
  } finally {
    await server.stop();
  }
}

const BARE = "bare catalog queries from Node.js";
const COLUMNS = ["run", "CPU s", "wall s", "wall against bare", "RSS MB", "PSS MB", "exit code"];
const HERE = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };

/** Runs several commands in turn, so often, and gives each one's median; noise then hits all alike. */
async function compare(
  server: Postgres,
  commands: Readonly<Record<string, Command>>,
  rounds: number,
): Promise<Map<string, Measured>> {
  const all = new Map<string, Measured[]>(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, command] of Object.entries(commands))
      all.get(name)?.push(await measure(command, server.pid));
  }
  return new Map([...all].map(([name, costs]) => [name, medianOf(costs)]));
}

function rowsOf(results: Awaited<ReturnType<typeof compare>>): Row[] {
  const floor = results.get(BARE)?.wall ?? Number.NaN;
  return [...results].map(([name, { cpu, wall, rssMb, pssMb, code }]) => [
    ...[
      name,
      round(cpu),
      round(wall),
      `${round(wall / floor)}×`,
      String(Math.round(rssMb)),
      String(Math.round(pssMb)),
      String(code),
    ],
  ]);
}

/** A database, one that is the same, and one with differences. */
async function threeDatabases(
  server: Postgres,
  name: string,
  schema: string,
  differences: readonly string[],
): Promise<[string, string, string]> {
  const url = (which: string): string => server.url.replace(/[^/]*$/, `${name}_${which}`);
  await server.query(`create database ${name}_expected`);
  await run(url("expected"), [schema]);
  await server.query(`create database ${name}_same template ${name}_expected`);
  await server.query(`create database ${name}_actual template ${name}_expected`);
  await run(url("actual"), differences);
  return [url("expected"), url("same"), url("actual")];
}

function bare(root: string, one: string, two: string) {
  const script = path.join(root, "test/bench/bare-catalog.ts");
  return {
    program: process.execPath,
    args: ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", script, one, two],
    env: HERE,
  };
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

function ours(root: string, folder: string, title: string, expected: string, actual: string) {
  const home = path.join(folder, `drift-${title}`);
  mkdirSync(home);
  const file = (name: string): string => {
    writeFileSync(path.join(home, name), "");
    return path.join(home, name);
  };
  const env = {
    ...HERE,
    "INPUT_DATABASE-URL": actual,
    "INPUT_BASELINE-URL": expected,
    "INPUT_UP-TO": "recorded",
    "INPUT_UPDATE-BASELINE": "false",
    INPUT_ENVIRONMENT: "bench",
    INPUT_ISSUE: "false",
    "INPUT_STATEMENT-TIMEOUT": "60s",
    "INPUT_LOCK-TIMEOUT": "5s",
    INPUT_TIMEOUT: "10m",
    RUNNER_TEMP: home,
    GITHUB_OUTPUT: file("output"),
    GITHUB_STEP_SUMMARY: file("summary"),
  };
  return { program: process.execPath, args: [path.join(root, "build/dist/schema-drift/index.js")], env };
}
