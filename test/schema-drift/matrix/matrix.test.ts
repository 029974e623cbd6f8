import { describe, expect, test } from "vitest";
import { type Kind, kindModel, kindNames } from "../../../shared/postgres/catalog/model.ts";
import { some } from "../../support/effort.ts";
import { needs } from "../../support/needs.ts";
import { type Postgres, startPostgres } from "../../support/postgres.ts";
import type { PostgresMajor } from "../../support/postgres-template.ts";
import { allCases, allCasesWithIcu } from "./all-cases.ts";
import { casesFor, runAlone, runMatrix, type Seen } from "./run-matrix.ts";
import { oneOfAKind } from "./whole-database.ts";

/** 18 is below. */
const MAJORS: readonly PostgresMajor[] = [14, 15, 16, 17];
const SOAK = process.env["SOAK"] === "1";

/** What no test can make differ, and why. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  "database.": "there is always one on either side",
  "view column.": "it is there as long as its view is",
};

describe.each(MAJORS)("on PostgreSQL %i", (major) => {
  const skip = !SOAK && (major === 16 || major === 17);
  const options = { timeout: 120_000, ...needs(`postgres-${major}`), ...(skip ? { skip } : {}) };
  test("every difference of one property is found once, as what it is, either way", options, async () => {
    await onServer(major, async (server) => {
      expect(await runMatrix(server.url, major, await casesOf(server))).toEqual([]);
      for (const each of some(1, casesFor(major, await oneOfAKindOf(server)))) {
        expect(await runAlone(server.url, each)).toEqual([]);
      }
    });
  });
});

const whole = { timeout: 120_000, ...needs("postgres-18") };
test("on PostgreSQL 18, so is a difference of every property of every kind", whole, async () => {
  const seen: Seen = new Set();
  const surprises = await onServer(18, async (server) => {
    const found = [...(await runMatrix(server.url, 18, await casesOf(server), { seen }))];
    for (const each of oneOfAKind) found.push(...(await runAlone(server.url, each, { seen })));
    return found;
  });
  expect(surprises).toEqual([]);
  const all = kindNames.flatMap(propertiesOf);
  expect(all.filter((each) => !seen.has(each) && OUT_OF_REACH[each] === undefined)).toEqual([]);
  expect(Object.keys(OUT_OF_REACH).filter((each) => seen.has(each) || !all.includes(each))).toEqual([]);
});

/** The kind as a whole, and each of its properties that are compared. */
function propertiesOf(kind: Kind): string[] {
  const compared = Object.entries(kindModel(kind).properties).filter(([, { is }]) => is !== "derived");
  return [`${kind}.`, ...compared.map(([property]) => `${kind}.${property}`)];
}

async function casesOf(server: Postgres) {
  const rows = await server.query("select 1 from pg_collation where collname = 'und-x-icu'");
  return rows.length > 0 ? allCasesWithIcu : allCases;
}

/** Not every build of PostgreSQL comes with its extensions. */
async function oneOfAKindOf(server: Postgres) {
  const rows = await server.query("select 1 from pg_available_extensions where name = 'hstore'");
  return oneOfAKind.filter(({ base, change }) => rows.length > 0 || !`${base} ${change}`.includes("hstore"));
}

async function onServer<Result>(
  major: PostgresMajor,
  work: (server: Postgres) => Promise<Result>,
): Promise<Result> {
  const server = await startPostgres({ major, config: ["wal_level = logical"] });
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}
