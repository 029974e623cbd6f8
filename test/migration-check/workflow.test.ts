import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAct } from "../support/act.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { write } from "./check.ts";

const TAG = "v0.9.0";
const CALLER = ".github/workflows/check.yml";

/** What docs/migrations.md has people write, at the version that this release is. */
function caller(): string {
  const page = readFileSync(path.join(REPOSITORY, "docs/migrations.md"), "utf8");
  const [, yaml = ""] = /```yaml\n(name: migrations\n.*?)```/s.exec(page) ?? [];
  return yaml
    .replace("@v1", `@${TAG}`)
    .replace("postgres-version: 16", "postgres-version: 15")
    .replace(/ {4}paths.*\n/, "");
}

describe("the workflow migrations.yml", needs("act", "postgres-15"), () => {
  let release: TempDir;
  beforeAll(() => {
    release = makeTempDir("release");
    cpSync(path.join(REPOSITORY, "build/dist/migration-check"), path.join(release.path, "migration-check"), {
      recursive: true,
    });
    const workflow = readFileSync(path.join(REPOSITORY, ".github/workflows/migrations.yml"), "utf8");
    write(release.path, {
      ".github/workflows/migrations.yml": workflow.replace("migration-check@main", `migration-check@${TAG}`),
    });
    // Third parties that these runs do not come to.
    for (const name of ["setup-python", "setup-node"]) {
      write(release.path, {
        [`${name}/action.yml`]: "name: x\ndescription: x\nruns: { using: node24, main: index.js }\n",
      });
      writeFileSync(path.join(release.path, name, "index.js"), "process.exit(1);\n");
    }
  });
  afterAll(() => release?.remove());

  const run = (files: Readonly<Record<string, string>>) =>
    runAct({
      files: { [CALLER]: caller(), "tests/seed.sql": "select 1;", ...files },
      workflow: CALLER,
      event: "pull_request",
      payload: { pull_request: { base: { ref: "HEAD" } }, repository: { default_branch: "main" } },
      repositories: {
        [`org/actions@${TAG}`]: release.path,
        "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97": path.join(
          release.path,
          "setup-python",
        ),
        "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020": path.join(release.path, "setup-node"),
      },
    });

  it("passes a pull request without a new migration, as the page has people call it, and says that there was none", async () => {
    const result = await run({
      "migrations/1_a.up.sql": "create table a ();",
      "migrations/1_a.down.sql": "drop table a;",
    });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.output).toContain("checked=0");
  });

  it("fails one whose way back leaves a type behind", async () => {
    const files = {
      [CALLER]: caller().replace(/ {6}seed:.*\n/, "      check: last\n"),
      "migrations/1_a.up.sql": "create type kind as enum ('x');",
      "migrations/1_a.down.sql": "select 1;",
    };
    const result = await run(files);
    expect(result.exitCode, result.log).toBe(1);
    expect(result.log).toContain("enum public.kind is left behind by the downgrade");
  });
});
