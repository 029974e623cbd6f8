import { Client } from "pg";
import { compareCatalogs } from "../../../actions/schema-drift/src/compare.ts";
import type { Finding } from "../../../actions/schema-drift/src/finding.ts";
import { judge } from "../../../actions/schema-drift/src/judge.ts";
import { withoutPartitions } from "../../../actions/schema-drift/src/partitions.ts";
import { pairRenames } from "../../../actions/schema-drift/src/renames.ts";
import { foldRoots } from "../../../actions/schema-drift/src/roots.ts";
import type { Catalog } from "../../../shared/postgres/catalog/model.ts";
import { readCatalog } from "../../../shared/postgres/catalog/read.ts";
import type { MatrixCase } from "./matrix-case.ts";

export const LIMITS = { statementTimeoutMs: 60_000, lockTimeoutMs: 10_000 };

/** The findings between two catalogs, before any policy, and without a server to ask about expressions. */
export function findingsBetween(expected: Catalog, actual: Catalog): Finding[] {
  const found = compareCatalogs(expected, actual, { includes: () => true });
  const compared = withoutPartitions(found, { expected, actual }, "compare");
  return foldRoots(pairRenames(compared), expected, actual).map(judge);
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

export async function addDatabases(url: string, names: readonly string[]): Promise<void> {
  await within(url, "postgres", async (client) => {
    await client.query(ROLES);
    for (const name of names) {
      await client.query(`drop database if exists ${name}`);
      await client.query(`create database ${name} template template0`);
    }
  });
}

export type Surprise = {
  readonly name: string;
  readonly expected: readonly string[];
  readonly found: readonly string[];
};

/**
 * Runs cases together in one pair of databases, each in a schema of its own, and returns those that were not found
 * exactly once, as it should be, one way or the other.
 */
export async function runMatrix(
  url: string,
  major: number,
  all: readonly MatrixCase[],
  databases: readonly [expected: string, actual: string] = ["matrix_expected", "matrix_actual"],
): Promise<readonly Surprise[]> {
  const cases = all.filter(({ since = 0, until = 99 }) => since <= major && major <= until);
  const names = cases.map((_, index) => `m${String(index).padStart(3, "0")}`);
  await addDatabases(url, databases);
  const catalogs = await Promise.all(
    databases.map((database, side) =>
      within(url, database, async (client) => {
        for (const [index, { name, base, change }] of cases.entries()) {
          const own = names[index] as string;
          await client.query(`create schema ${own}; set search_path = ${own}, public`);
          for (const sql of side === 0 ? [base] : [base, change]) {
            await client.query(sql.replaceAll("@", own)).catch((cause: unknown) => {
              throw new Error(`${name}: ${String(cause)} in: ${sql}`, { cause });
            });
          }
        }
        return readCatalog(client, LIMITS);
      }),
    ),
  );
  const [expected, actual] = catalogs as [Catalog, Catalog];
  const there = byCase(findingsBetween(expected, actual));
  const back = byCase(findingsBetween(actual, expected));
  const surprises: Surprise[] = [];
  for (const [index, { name, finding, back: reverse }] of cases.entries()) {
    const own = names[index] as string;
    const directions = [
      { name, expected: [finding], found: there.get(own) ?? [] },
      { name: `${name}, the other way`, expected: [reverse], found: back.get(own) ?? [] },
    ];
    for (const each of directions)
      if (each.expected.join("\n") !== each.found.join("\n")) surprises.push(each);
  }
  const others = [...(there.get("") ?? []), ...(back.get("") ?? [])];
  if (others.length > 0) surprises.push({ name: "what belongs to no case", expected: [], found: others });
  return surprises;
}

/** What was found, by the case whose name is in that of the object. */
function byCase(findings: readonly Finding[]): ReadonlyMap<string, readonly string[]> {
  const grouped = new Map<string, string[]>();
  for (const finding of findings) {
    const own = /\bm\d{3}(?=[._]|\b)/.exec(finding.name)?.[0] ?? "";
    grouped.set(own, [...(grouped.get(own) ?? []), lineOf(finding, own === "")]);
  }
  return grouped;
}

function lineOf({ remarks, kind, name }: Finding, full: boolean): string {
  const line = remarks.map(({ code, severity, direction }) => `${code} ${severity} ${direction}`).join(" + ");
  return full ? `${line}: ${kind} ${name}` : line;
}
