import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { schemas } from "../../actions/schema-drift/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import { locate, needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { newDatabase, type TestDatabase } from "./databases.ts";

const BASE =
  "create table orders (id int primary key, total numeric not null); create index by_total on orders (total);";

describe("the built action", needs("postgres-18"), () => {
  let server: Postgres;
  let one: TestDatabase;
  let same: TestDatabase;
  let two: TestDatabase;
  beforeAll(async () => {
    server = await startPostgres({ major: 18 });
    [one, same, two] = [
      await newDatabase(server, BASE),
      await newDatabase(server, BASE),
      await newDatabase(server, `${BASE} drop index by_total; create table "::error::x" (id int)`),
    ];
  });
  afterAll(() => server?.stop());
  const start = (inputs: Readonly<Record<string, string>>, cwd?: string) =>
    runAction({
      dir: path.join(REPOSITORY, "build/dist/schema-drift"),
      inputs,
      ...(cwd === undefined ? {} : { cwd }),
    });
  const report = ({ outputs }: ActionResult) =>
    JSON.parse(readFileSync(outputs["report"] ?? "", "utf8")) as Record<string, unknown>;

  it("exits 0 without an annotation where there is no drift", async () => {
    const result = await start({ "database-url": same.url, "baseline-url": one.url }).done;
    expect(result).toMatchObject({ exitCode: 0, annotations: [], stderr: "", orphans: [] });
    expect(result.outputs).toMatchObject({
      result: "clean",
      drift: "false",
      severity: "",
      critical: "0",
      fingerprint: "",
    });
    expect(result.summary).toMatch(/^### ✅ No schema drift in production/);
    expect(schemas["report.schema.json"].safeParse(report(result)).error?.issues).toBeUndefined();
  });

  it("exits 1 for drift, with one error for each finding, a report, repair statements, and no password anywhere", async () => {
    const result = await start({ "database-url": two.url, "baseline-url": one.url }).done;
    expect(result).toMatchObject({ exitCode: 1, stderr: "", orphans: [] });
    expect(result.annotations.map(({ level, title }) => `${level} ${title}`).sort()).toEqual([
      "error major: SD-INDEX-MISSING",
      "error major: SD-TABLE-UNEXPECTED",
    ]);
    expect(result.outputs).toMatchObject({
      result: "drift",
      drift: "true",
      severity: "major",
      major: "2",
      minor: "0",
    });
    expect(schemas["report.schema.json"].safeParse(report(result)).error?.issues).toBeUndefined();
    const repair = result.outputs["repair-sql"] ?? "";
    expect(readFileSync(repair, "utf8")).toContain("CREATE INDEX CONCURRENTLY by_total ON public.orders");
    expect(statSync(repair).mode & 0o777).toBe(0o600);
    const left = [
      result.stdout.replace(/^::add-mask::.*$/gm, ""),
      result.summary,
      JSON.stringify(report(result)),
    ].join("\n");
    expect(left).not.toContain(server.password);
  });

  it("passes with drift below fail-on, and says so", async () => {
    const result = await start({ "database-url": two.url, "baseline-url": one.url, "fail-on": "critical" })
      .done;
    expect(result).toMatchObject({ exitCode: 0, outputs: { result: "drift", drift: "true" } });
    expect(result.annotations.map(({ level }) => level)).toEqual(["warning", "warning"]);
    expect(result.summary).toContain("fail-on is critical");
  });

  it("reads its policy from the workspace, and has an expired rule speak up at its line", async () => {
    const folder = makeTempDir("workspace");
    onTestFinished(() => folder.remove());
    const rules = [
      "ignore:",
      "  - { kind: index, reason: known, until: 2999-12-31 }",
      "  - { kind: table, reason: was known, until: 2020-01-01 }",
    ];
    writeFileSync(path.join(folder.path, "drift.yml"), rules.join("\n"));
    const inputs = { "database-url": two.url, "baseline-url": one.url, config: "drift.yml" };
    const result = await start(inputs, folder.path).done;
    expect(result.outputs).toMatchObject({ major: "1" });
    expect(result.annotations).toMatchObject([
      { level: "error", title: "major: SD-TABLE-UNEXPECTED" },
      { level: "warning", title: "schema-drift: an ignore rule has expired", file: "drift.yml", line: 3 },
    ]);
  });

  it("stops when it is cancelled, and leaves neither a process nor a scratch server behind", async () => {
    const started = Promise.withResolvers<void>();
    const running = runAction({
      dir: path.join(REPOSITORY, "build/dist/schema-drift"),
      inputs: { "database-url": one.url, "baseline-command": "sleep 600", "up-to": "latest" },
      env: { PATH: `${path.join(locate("postgres-18"), "bin")}:${process.env["PATH"]}` },
      onLine: ({ text }) => {
        if (text.includes("Replaying migrations")) started.resolve();
      },
    });
    await started.promise;
    running.kill("SIGINT");
    const result = await running.done;
    expect(result).toMatchObject({ exitCode: 130, orphans: [], outputs: { result: "cancelled" } });
    expect(report(result)).toMatchObject({ result: "cancelled", left: [] });
    expect(readdirSync(result.temp).filter((name) => name.startsWith("scratch"))).toEqual([]);
  });
});
