import { Client } from "pg";
import { speakingFor } from "../../../actions/schema-drift/src/apply-policy.ts";
import type { Finding } from "../../../actions/schema-drift/src/finding.ts";
import { judge } from "../../../actions/schema-drift/src/judge.ts";
import { withoutPartitions } from "../../../actions/schema-drift/src/partitions.ts";
import type { Policy } from "../../../actions/schema-drift/src/policy.ts";
import { pairRenames } from "../../../actions/schema-drift/src/renames.ts";
import { compareCatalogs } from "../../../shared/postgres/catalog/compare.ts";
import type { Catalog } from "../../../shared/postgres/catalog/model.ts";
import { readCatalog } from "../../../shared/postgres/catalog/read.ts";
import { foldRoots } from "../../../shared/postgres/catalog/roots.ts";
import type { MatrixCase } from "./matrix-case.ts";

export const LIMITS = { statementTimeoutMs: 60_000, lockTimeoutMs: 10_000 };

const NO_POLICY: Policy = {
  ...{ schemas: [], failOn: "major", unexpected: "fail", partitions: "compare", ignores: [], overrides: [] },
};

/** The findings between two catalogs, before any policy, and without a server to ask about expressions. */
export function findingsBetween(expected: Catalog, actual: Catalog): Finding[] {
  const found = compareCatalogs(expected, actual, { includes: () => true });
  const compared = withoutPartitions(found, { expected, actual }, "compare");
  const speaksFor = speakingFor(NO_POLICY, "2027-01-01");
  return foldRoots(pairRenames(compared), { expected, actual }, speaksFor).map(judge);
}

/** Connects to a database of a server by the URL of another. */
export async function within<Result>(
  url: string,
  database: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const address = new URL(url);
  address.pathname = `/${database}`;
  const client = new Client(address.href);
  // A server that stops says so to connections that are still open because of another failure.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const ROLES = `do $$ declare role text; begin
  foreach role in array array['drift_app', 'drift_reader', 'drift_super'] loop
    if not exists (select from pg_roles where rolname = role) then execute format('create role %I', role); end if;
  end loop;
  alter role drift_super superuser;
end $$`;

export async function addDatabases(
  url: string,
  names: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  await within(url, "postgres", async (client) => {
    await client.query(ROLES);
    // A tablespace is not made within a transaction, and so not together with anything else.
    const { rows } = await client.query("select from pg_tablespace where spcname = 'drift_space'");
    if (rows.length === 0) {
      await client.query("set allow_in_place_tablespaces = on");
      await client.query("create tablespace drift_space location ''");
    }
    for (const [index, name] of names.entries()) {
      await client.query(`drop database if exists ${name}`);
      await client.query(`create database ${name} template template0 ${options[index] ?? ""}`);
    }
  });
}

/** The properties that were told, as `kind.property`. */
export type Seen = Set<string>;

export type Surprise = {
  readonly name: string;
  readonly expected: readonly string[];
  readonly found: readonly string[];
};

export type MatrixOptions = {
  readonly databases?: readonly [expected: string, actual: string];
  /** Gets the properties that were told. */
  readonly seen?: Seen;
};

/**
 * Runs cases together in one pair of databases, each in a schema of its own, and returns those that were not found
 * exactly once, as it should be, one way or the other.
 */
export async function runMatrix(
  url: string,
  major: number,
  all: readonly MatrixCase[],
  { databases = ["matrix_expected", "matrix_actual"], seen = new Set() }: MatrixOptions = {},
): Promise<readonly Surprise[]> {
  const cases = casesFor(major, all);
  const [expected, actual] = await readBoth(url, cases, databases);
  const [there, back] = [findingsBetween(expected, actual), findingsBetween(actual, expected)];
  noteSeen(there, seen);
  const surprises = [
    ...surprisesIn(there, cases, ({ finding }) => finding),
    ...surprisesIn(back, cases, (each) => each.back),
  ];
  return surprises;
}

/** As {@link runMatrix}, for one case that concerns the whole database, and in which nothing else may be found. */
export async function runAlone(
  url: string,
  each: MatrixCase,
  { databases = ["alone_expected", "alone_actual"], seen = new Set() }: MatrixOptions = {},
): Promise<readonly Surprise[]> {
  const [expected, actual] = await readBoth(url, [each], databases);
  const { name, finding, back } = each;
  const found = findingsBetween(expected, actual);
  noteSeen(found, seen);
  const lines = [found, findingsBetween(actual, expected)].map((side) => side.map(lineOf));
  return lines.flatMap((line, way) =>
    line.join("\n") === [finding, back][way] ? [] : [{ name, expected: [finding, back], found: line }],
  );
}

/** Fills two databases, the second with the changes too, and reads them. */
export async function readBoth(
  url: string,
  cases: readonly Pick<MatrixCase, "name" | "base" | "change" | "options">[],
  databases: readonly [string, string],
): Promise<readonly [Catalog, Catalog]> {
  await addDatabases(url, databases, cases.length === 1 ? cases[0]?.options : undefined);
  const fill = (side: number) => async (client: Client) => {
    for (const [index, { name, base, change }] of cases.entries()) {
      const own = ownName(index);
      await client.query(`reset all; create schema ${own}; set search_path = ${own}, public`);
      for (const sql of side === 0 ? [base] : [base, change]) {
        await client.query(sql.replaceAll("@", own)).catch((cause: unknown) => {
          throw new Error(`${name}: ${String(cause)} in: ${sql}`, { cause });
        });
      }
    }
    return readCatalog(client, LIMITS);
  };
  return Promise.all([within(url, databases[0], fill(0)), within(url, databases[1], fill(1))]);
}

/** A case's schema, with which the names of all its objects begin. */
function ownName(index: number): string {
  return `m${String(index).padStart(3, "0")}`;
}

function surprisesIn(
  findings: readonly Finding[],
  cases: readonly MatrixCase[],
  wanted: (each: MatrixCase) => string,
): Surprise[] {
  const grouped = new Map<string, string[]>();
  for (const finding of findings) {
    const own = /\bm\d{3}(?=[._]|\b)/.exec(finding.name)?.[0] ?? "";
    const line = own === "" ? `${lineOf(finding)}: ${finding.kind} ${finding.name}` : lineOf(finding);
    grouped.set(own, [...(grouped.get(own) ?? []), line]);
  }
  const surprises = cases.flatMap((each, index) => {
    const found = grouped.get(ownName(index)) ?? [];
    const right = found.length === 1 && found[0] === wanted(each);
    return right ? [] : [{ name: each.name, expected: [wanted(each)], found }];
  });
  const others = grouped.get("") ?? [];
  return others.length === 0 ? surprises : [...surprises, { name: "no case", expected: [], found: others }];
}

function noteSeen(findings: readonly Finding[], seen: Seen): void {
  for (const { kind, remarks } of findings)
    for (const { property } of remarks) seen.add(`${kind}.${property}`);
}

export function casesFor(major: number, all: readonly MatrixCase[]): readonly MatrixCase[] {
  return all.filter(({ since = 0, until = 99 }) => since <= major && major <= until);
}

function lineOf({ remarks }: Finding): string {
  return remarks.map(({ code, severity, direction }) => `${code} ${severity} ${direction}`).join(" + ");
}
