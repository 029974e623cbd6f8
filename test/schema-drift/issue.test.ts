import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Judged } from "../../actions/schema-drift/src/apply-policy.ts";
import { bodyOf, isSecurity } from "../../actions/schema-drift/src/issue-text.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { newDatabase, type TestDatabase } from "./databases.ts";
import { drift } from "./drift.ts";
import { type FakeGitHub, startFakeGitHub } from "./github-fake.ts";

const BASE =
  "create table orders (id int primary key, total numeric); alter table orders enable row level security";

describe("the issue of an environment", needs("postgres-18"), () => {
  let server: Postgres;
  let github: FakeGitHub;
  let one: TestDatabase;
  let two: TestDatabase;
  beforeAll(async () => {
    server = await startPostgres({ major: 18 });
  });
  beforeEach(async () => {
    await github?.stop();
    github = await startFakeGitHub("acme/shop");
    [one, two] = [await newDatabase(server, BASE), await newDatabase(server, BASE)];
  });
  afterAll(async () => {
    await github?.stop();
    await server?.stop();
  });
  const run = (environment = "production") =>
    drift(
      {
        "database-url": two.url,
        "baseline-url": one.url,
        issue: "true",
        environment,
        "github-token": github.token,
      },
      {
        env: {
          GITHUB_API_URL: github.url,
          GITHUB_SERVER_URL: "https://github.example",
          GITHUB_REPOSITORY: "acme/shop",
          GITHUB_RUN_ID: "7",
        },
      },
    );

  it("is opened for drift, left while it stays the same, written anew when it changes, and closed when it is gone", async () => {
    const changed = async () => (await run()).outcome.outputs["changed"];
    expect(String(await changed())).toBe("false");
    expect(github.issues).toEqual([]);

    await two.query("create table hotfix (id int)");
    expect([await changed(), await changed()].map(String)).toEqual(["true", "false"]);
    expect(github.writes).toEqual(["POST /issues"]);
    expect(github.issues[0]).toMatchObject({
      title: "Schema drift in production",
      state: "open",
      labels: ["schema-drift"],
    });
    expect(github.issues[0]?.body).toContain("public.hotfix");
    expect(github.issues[0]?.body).toContain("https://github.example/acme/shop/actions/runs/7");

    await two.query("alter table orders drop total");
    expect(String(await changed())).toBe("true");
    expect(github.issues[0]?.body).toContain("public.orders.total");
    expect(github.issues[0]?.comments).toHaveLength(1);

    await two.query("drop table hotfix; alter table orders add total numeric");
    await run();
    expect(github.issues).toMatchObject([{ state: "closed" }]);
    await two.query("create table again (id int)");
    await run();
    expect(github.issues).toMatchObject([{ state: "closed" }, { state: "open" }]);
  });

  it("is one for each environment", async () => {
    await two.query("create table hotfix (id int)");
    await run("staging");
    await run("production");
    await run("staging");
    expect(github.issues.map(({ title }) => title)).toEqual([
      "Schema drift in staging",
      "Schema drift in production",
    ]);
  });

  it("names to the public nothing that is about who may do what, only that there is such a thing", async () => {
    github.private = false;
    await two.query(
      "create table hotfix (id int); alter table orders disable row level security; grant all on orders to public",
    );
    await run();
    const body = github.issues[0]?.body ?? "";
    expect(body).toContain("public.hotfix");
    expect(body).toContain("at least one more that is about who may do what");
    expect(body).not.toMatch(/orders|ROW-SECURITY|GRANT|127\.0\.0\.1/);
  });

  it("that cannot be kept fails the step and leaves the verdict; the token shows nowhere", async () => {
    await two.query("create table hotfix (id int)");
    github.broken = 403;
    const { outcome, log } = await run();
    expect(outcome.result).toBe("drift");
    expect(outcome.failures.at(-1)).toMatchObject({
      message: expect.stringMatching(/issue could not be kept: HTTP 403/),
    });
    expect(JSON.stringify([outcome, log])).not.toContain(github.token);
    const clean = await drift({
      "database-url": (await newDatabase(server, BASE)).url,
      "baseline-url": one.url,
      issue: "true",
      "github-token": "",
    });
    expect(clean.outcome.failures).toHaveLength(1);
  });
});

describe("the text of an issue", () => {
  const finding = (name: string): Judged => ({
    ...{
      kind: "table",
      name,
      code: "SD-TABLE-MISSING",
      severity: "critical",
      direction: "missing",
      reason: "It fails.",
    },
    ...{ along: [], repair: [], fails: true },
    remarks: [
      {
        ...{ code: "SD-TABLE-MISSING", severity: "critical", direction: "missing", reason: "It fails." },
        ...{ property: "", expected: "there", actual: "not there" },
      },
    ],
  });
  it("stays under the limit of GitHub, however many and long the names are", () => {
    const findings = Array.from({ length: 500 }, (_, index) =>
      finding(`public.${"x".repeat(1_000)}${index}`),
    );
    const body = bodyOf({
      environment: "e",
      database: "d",
      fingerprint: "0",
      findings,
      runUrl: undefined,
      isPublic: false,
    });
    expect(body.length).toBeLessThan(65_536);
    expect(body).toMatch(/And \d+ more/);
  });

  it("has no mention, link or markup that comes from a name", () => {
    const body = bodyOf({
      ...{ environment: "p -->@team", database: "d", fingerprint: "0", runUrl: undefined, isPublic: false },
      findings: [finding('public."@acme/owners #1 <!-- x -->"')],
    });
    expect(body).not.toMatch(/@acme|@team|#1|<!-- x/);
  });

  it.each([
    ["policy", "changed", "SD-POLICY-USING"],
    ["table", "looser", "SD-TABLE-ROW-SECURITY"],
    ["table", "changed", "SD-TABLE-OWNER"],
    ["function", "looser", "SD-FUNCTION-SEARCH-PATH"],
  ] as const)("takes %s %s %s for security", (kind, direction, code) => {
    const one = finding("public.a");
    expect(isSecurity({ kind, remarks: one.remarks.map((each) => ({ ...each, direction, code })) })).toBe(
      true,
    );
    expect(isSecurity(one)).toBe(false);
  });
});
