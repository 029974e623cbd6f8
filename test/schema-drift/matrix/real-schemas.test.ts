import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCatalog } from "../../../shared/postgres/catalog/read.ts";
import { needs } from "../../support/needs.ts";
import { type Postgres, startPostgres } from "../../support/postgres.ts";
import { drift } from "../drift.ts";
import { type ScratchServer, startScratchServer } from "../scratch-server.ts";
import { applications } from "./applications.ts";
import { dumpAndRestore } from "./dump-and-restore.ts";
import { buildRegressionDatabase } from "./regression-suite.ts";
import { addDatabases, LIMITS, within } from "./run-matrix.ts";

const SOAK = process.env["SOAK"] === "1";

describe("schemas of others", needs("postgres-15", "postgres-18"), () => {
  let server: Postgres;
  let scratch: ScratchServer;
  beforeAll(async () => {
    [server, scratch] = await Promise.all([startPostgres({ major: 15 }), startScratchServer()]);
  });
  afterAll(() => Promise.all([server?.stop(), scratch?.stop()]));

  const urlOf = (database: string): string =>
    Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
  const between = async (expected: string, actual: string): Promise<readonly string[]> => {
    const inputs = { "database-url": urlOf(actual), "baseline-url": urlOf(expected) };
    return (await drift(inputs, { scratch })).told;
  };

  describe.each(applications)("$part", ({ part, migrate }) => {
    test("is equal to itself migrated again, and to its dump and restored copy", {
      timeout: 120_000,
      ...needs("postgres-15", part),
    }, async () => {
      const names = ["one", "two", "copy"];
      await addDatabases(server.url, names);
      for (const database of ["one", "two"]) await migrate(server.url, database);
      await dumpAndRestore(server, "one", "copy");
      const { objects } = await within(server.url, "one", (client) => readCatalog(client, LIMITS));
      expect(objects.get("column")?.size).toBeGreaterThan(10);
      expect(await between("one", "two")).toEqual([]);
      expect(await between("one", "copy")).toEqual([]);
    });
  });

  const whole = {
    timeout: 1_200_000,
    ...needs("postgres-15", "postgres-15-regress"),
    ...(SOAK ? {} : { skip: true }),
  };
  test("what PostgreSQL's own tests leave behind is equal to its dump and restored copy", whole, async () => {
    await buildRegressionDatabase(server);
    await addDatabases(server.url, ["copy"]);
    await dumpAndRestore(server, "regression", "copy");
    const { objects } = await within(server.url, "regression", (client) => readCatalog(client, LIMITS));
    expect(objects.get("table")?.size).toBeGreaterThan(500);
    expect(await between("regression", "copy")).toEqual([]);
  });
});
