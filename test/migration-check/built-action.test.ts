import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schemas } from "../../actions/migration-check/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import { type ScratchServer, startScratchServer } from "../schema-drift/scratch-server.ts";
import { needs } from "../support/needs.ts";
import { project } from "./check.ts";

describe("the built action", needs("postgres-15", "postgres-18"), () => {
  let server: ScratchServer;
  beforeAll(async () => {
    server = await startScratchServer();
  });
  afterAll(() => server?.stop());

  const LEAVING = {
    "migrations/1_kind.up.sql": "create type kind as enum ('x');",
    "migrations/1_kind.down.sql": "select 1;",
  };
  const start = (
    cwd: string,
    inputs: Readonly<Record<string, string>>,
    more: Partial<Parameters<typeof runAction>[0]> = {},
  ) =>
    runAction({
      dir: path.join(REPOSITORY, "build/dist/migration-check"),
      inputs: { squawk: "off", ...inputs },
      cwd,
      ...more,
    });
  const report = ({ outputs }: ActionResult): Record<string, unknown> =>
    JSON.parse(readFileSync(outputs["report"] ?? "", "utf8"));

  it("exits 1 with an error at the file for each finding, a report by its schema, and no password anywhere", async () => {
    const result = await start(project(LEAVING), { preset: "sql", "scratch-url": server.url }).done;
    expect(result).toMatchObject({ exitCode: 1, stderr: "", orphans: [] });
    expect(result.annotations).toMatchObject([
      { level: "error", title: "MC-DOWN-LEAVES: 1_kind", file: "migrations/1_kind.up.sql" },
      { level: "error", title: "MC-UP-AGAIN-FAILS: 1_kind", file: "migrations/1_kind.up.sql" },
    ]);
    expect(result.outputs).toMatchObject({ result: "failed", critical: "0", major: "2", checked: "1" });
    expect(result.summary).toMatch(/^### ❌ 2 problems in the migrations/);
    expect(schemas["report.schema.json"].safeParse(report(result)).error?.issues).toBeUndefined();
    const said = [
      result.stdout.replace(/^::add-mask::.*$/gm, ""),
      result.summary,
      JSON.stringify(report(result)),
    ].join();
    expect(said).not.toContain(new URL(server.url).password);
  });

  it("exits 0 on a temporary server of the version that is asked for, and says that there were no rows", async () => {
    const files = { ...LEAVING, "migrations/1_kind.down.sql": "drop type kind;" };
    const result = await start(project(files), { preset: "sql", "postgres-version": "15" }).done;
    expect(result).toMatchObject({
      exitCode: 0,
      annotations: [],
      stderr: "",
      orphans: [],
      outputs: { result: "passed" },
    });
    expect(report(result)).toMatchObject({ server: expect.stringMatching(/^a temporary PostgreSQL 15\./) });
    expect(result.summary).toContain("migrations on rows: there is no seed");
  });

  it("tells all mistakes in its inputs at once", async () => {
    const inputs = { preset: "alembic", to: "x", rerun: "true", "seed-at": "y" };
    const result = await start(project({}), inputs).done;
    expect(result.annotations.map(({ message }) => message.split(":")[0])).toEqual([
      "input to",
      "input rerun",
      "input seed-at",
    ]);
  });

  it("stops when it is cancelled, and leaves neither a process nor a server behind", async () => {
    const started = Promise.withResolvers<void>();
    const running = start(
      project({ "migrations/1_a.sql": "select 1; select pg_sleep(600);" }),
      { preset: "sql" },
      {
        onLine: ({ text }) => {
          if (text.includes("1_a on the empty database")) started.resolve();
        },
      },
    );
    await started.promise;
    running.kill("SIGINT");
    const result = await running.done;
    expect(result).toMatchObject({ exitCode: 130, orphans: [], outputs: { result: "cancelled" } });
    expect(report(result)).toMatchObject({ result: "cancelled", left: [] });
  });
});
