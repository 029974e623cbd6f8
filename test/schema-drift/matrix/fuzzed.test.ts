import fc from "fast-check";
import { expect, test } from "vitest";
import { readCatalog } from "../../../shared/postgres/catalog/read.ts";
import { parseSnapshot, writeSnapshot } from "../../../shared/postgres/catalog/snapshot.ts";
import { runs } from "../../support/effort.ts";
import { needs } from "../../support/needs.ts";
import { startPostgres } from "../../support/postgres.ts";
import { drift } from "../drift.ts";
import { startScratchServer } from "../scratch-server.ts";
import { dumpAndRestore } from "./dump-and-restore.ts";
import { createSql, fuzzedSchema, quoted } from "./fuzzed-schema.ts";
import { addDatabases, findingsBetween, LIMITS, within } from "./run-matrix.ts";

const options = { timeout: 1_800_000, ...needs("postgres-15", "postgres-18") };

test(
  "whatever a schema is, its copy and its snapshot are equal to it, and what it loses is found",
  options,
  async () => {
    const server = await startPostgres({ major: 15 });
    const scratch = await startScratchServer();
    const urlOf = (database: string) => Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
    try {
      const property = fc.asyncProperty(fuzzedSchema, fc.nat(), async (schema, choice) => {
        await addDatabases(server.url, ["one", "copy"]);
        await within(server.url, "one", (client) => client.query(createSql(schema)));
        await dumpAndRestore(server, "one", "copy");
        const between = { "database-url": urlOf("copy"), "baseline-url": urlOf("one") };
        expect((await drift(between, { scratch })).told).toEqual([]);

        const expected = await within(server.url, "one", (client) => readCatalog(client, LIMITS));
        const parsed = parseSnapshot(writeSnapshot(expected), "schema.txt");
        expect(findingsBetween(expected, parsed)).toEqual([]);

        const table = schema[choice % schema.length];
        if (table === undefined) throw new Error("a schema has a table");
        const actual = await within(server.url, "one", async (client) => {
          await client.query(`drop table ${quoted(table.name)}`);
          return readCatalog(client, LIMITS);
        });
        expect(findingsBetween(expected, actual).map(({ code }) => code)).toEqual(["SD-TABLE-MISSING"]);
      });
      await fc.assert(property, { numRuns: runs(4, 400) });
    } finally {
      await Promise.all([server.stop(), scratch.stop()]);
    }
  },
);
