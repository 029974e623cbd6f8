import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affectedBy } from "../../actions/changed-services/src/affected.ts";
import { configSchema } from "../../actions/changed-services/src/config-schema.ts";
import type { Found, Tree } from "../../actions/changed-services/src/discover.ts";
import { globMatcher } from "../../actions/changed-services/src/glob.ts";
import { KINDS } from "../../actions/changed-services/src/kinds.ts";
import { type Job, type Plan, planOf, type Refusal } from "../../actions/changed-services/src/plan.ts";

const PYTHON = "[project]\nname = 'api'\n";
const NODE = JSON.stringify({ scripts: { lint: "biome ci .", test: "node --test", build: "tsc" } });

function tree(files: Readonly<Record<string, string>>): Tree {
  return { paths: new Set(Object.keys(files)), text: (file) => files[file] ?? "" };
}

function plan(
  files: Readonly<Record<string, string>>,
  {
    config = {},
    coverage,
    changed,
    commands = true,
  }: { config?: unknown; coverage?: number; changed?: readonly string[]; commands?: boolean } = {},
) {
  const range =
    changed === undefined
      ? ({ kind: "everything", reason: "all" } as const)
      : ({ kind: "since", base: "0".repeat(40), reason: "since" } as const);
  const facts = { tree: tree(files), range, changed: changed ?? [] };
  return planOf(facts, configSchema.parse(config), { coverage, kinds: KINDS, commands });
}

function planned(...given: Parameters<typeof plan>): Plan {
  const made = plan(...given);
  if ("refusals" in made) throw new Error(JSON.stringify(made.refusals));
  return made;
}

const refusals = (...given: Parameters<typeof plan>): readonly Refusal[] => {
  const made = plan(...given);
  return "refusals" in made ? made.refusals : [];
};
const jobNamed = (made: Plan, name: string): Job => made.jobs.find((job) => job.name === name) as Job;
const placesOf = (made: Plan) => made.services.map(({ path, kind }) => `${path} ${kind}`);

const SHOP = {
  "README.md": "",
  Makefile: "",
  "docs/requirements.txt": "",
  "pyproject.toml": "[tool.ruff]\nline-length = 100\n",
  "services/api/pyproject.toml": PYTHON,
  "services/api/requirements.txt": "",
  "services/api/app/main.py": "",
  "services/mail/go.mod": "",
  "web/package.json": NODE,
  "web/package-lock.json": "",
  "web/node_modules/x/package.json": NODE,
  "libs/common/money.py": "",
};

describe("the services of a repository", () => {
  it("are the folders whose files show what they are, and no others", () => {
    expect(placesOf(planned(SHOP))).toEqual(["services/api python", "services/mail go", "web node"]);
  });

  it("are found at the root, and more than one in a folder", () => {
    const made = planned({ "setup.py": "", "package.json": NODE, "package-lock.json": "" });
    expect(placesOf(made)).toEqual([". node", ". python"]);
    expect(made.jobs.map(({ name, path }) => [name, path])).toEqual([
      ["root", "."],
      ["root", "."],
    ]);
  });

  it.each([
    ["workspaces", { "package.json": JSON.stringify({ ...JSON.parse(NODE), workspaces: ["packages/*"] }) }],
    ["pnpm-workspace.yaml", { "package.json": NODE, "pnpm-workspace.yaml": "" }],
  ])("do not count the members of a workspace by %s", (_name, root) => {
    const made = planned({ ...root, "pnpm-lock.yaml": "", "packages/ui/package.json": NODE });
    expect(placesOf(made)).toEqual([". node"]);
  });

  it("are declared where nothing shows them, and ignored where that is said", () => {
    const config = {
      services: [{ path: "libs/common", kind: "python", install: "none" }],
      ignore: ["web/**"],
    };
    expect(placesOf(planned(SHOP, { config }))).toEqual([
      "libs/common python",
      "services/api python",
      "services/mail go",
    ]);
  });

  it.each([
    [{ path: "nowhere" }, "no folder"],
    [{ path: "libs/common" }, "nothing in libs/common shows"],
  ])("that are declared and are not there are refused: %j", (service, why) => {
    const [refusal] = refusals(SHOP, { config: { services: [service] } });
    expect(refusal).toMatchObject({
      kind: "misfit",
      misfit: { entry: 0, why: expect.stringContaining(why) },
    });
  });

  it("must be told apart where a folder holds two, and not stand there twice", () => {
    const files = { "a/setup.py": "", "a/go.mod": "" };
    const misfits = (services: unknown[]) =>
      refusals(files, { config: { services } }).map(({ kind }) => kind);
    expect(misfits([{ path: "a", types: "none" }])).toEqual(["misfit"]);
    expect(
      misfits([
        { path: "a", kind: "go" },
        { path: "a", kind: "go" },
      ]),
    ).toEqual(["misfit"]);
    expect(
      misfits([
        { path: "a", kind: "go" },
        { path: "a", kind: "python" },
      ]),
    ).toEqual([]);
  });

  it("must be there at all", () => {
    expect(refusals({ "README.md": "" })).toEqual([{ kind: "nothing" }]);
  });

  it("cannot be in folders whose names a command would stumble over", () => {
    for (const folder of ["a b", "$(id)", "-x", "a;b", "ä", "a\nb"])
      expect(refusals({ [`${folder}/go.mod`]: "" }), folder).toEqual([{ kind: "unnameable", path: folder }]);
  });

  it("have no paths in the file that lead out of the repository", () => {
    for (const path of ["..", "../x", "a/../b", "/etc", "a//b", "-x", "a b", ""])
      expect(configSchema.safeParse({ services: [{ path }] }).success, path).toBe(false);
    for (const path of [".", "a", "a/b.c", "a/.b", "@x/y-z"])
      expect(configSchema.safeParse({ services: [{ path }] }).success, path).toBe(true);
  });
});

describe("what runs for a service", () => {
  it.each([
    [{ "uv.lock": "", "requirements.txt": "" }, "uv sync --active --locked --all-extras --all-groups", "uv"],
    [
      { "requirements.txt": "", "requirements-dev.txt": "" },
      "python -m pip install -r requirements.txt -r requirements-dev.txt",
      "pip",
    ],
    [{}, "python -m pip install -e .", "pip"],
  ])("installs a Python project with %j", (files, install, manager) => {
    expect(planned({ "pyproject.toml": PYTHON, ...files }).jobs[0]).toMatchObject({ install, manager });
  });

  it.each([
    [{ "package-lock.json": "" }, "npm ci"],
    [{ "pnpm-lock.yaml": "" }, "pnpm install --frozen-lockfile"],
    [{ "yarn.lock": "" }, "yarn install --frozen-lockfile"],
    [{ "yarn.lock": "", ".yarnrc.yml": "" }, "yarn install --immutable"],
  ])("installs a Node project with %j", (files, install) => {
    expect(planned({ "package.json": NODE, ...files }).jobs[0]).toMatchObject({ install });
  });

  it.each([
    ["node --test", "--test-reporter=lcov", true],
    ["tsc && vitest run", "--coverage.reporter=cobertura", true],
    ["vitest run --silent", "--reporter=junit", true],
    ["jest --ci", "--coverageReporters=cobertura", false],
    ["node --test test/a.js", "npm run test", false],
    ["vitest run; echo done", "npm run test", false],
    ["./jest.sh", "npm run test", false],
  ])("makes %j leave reports where it can", (script, part, counted) => {
    const files = {
      "package.json": JSON.stringify({ scripts: { lint: "x", test: script } }),
      "package-lock.json": "",
    };
    const [job] = planned(files).jobs as [Job];
    expect(job.test).toContain(part);
    if (part === "npm run test") expect(job.test).toBe(part);
    expect(job.rules.includes("tests.count")).toBe(counted);
  });

  it("is never left out in silence", () => {
    const lacks = (files: Record<string, string>, config: unknown = {}) =>
      refusals(files, { config }).map((refusal) =>
        refusal.kind === "lack" ? refusal.lack.step : refusal.kind,
      );
    expect(lacks({ "package.json": "{}" })).toEqual(["install", "lint", "test"]);
    expect(lacks({ "package.json": NODE, "package-lock.json": "", "tsconfig.json": "" })).toEqual(["types"]);
    expect(lacks({ "package.json": "{ no json", "package-lock.json": "" })).toEqual(["lint", "test"]);
    expect(lacks({ "pyproject.toml": "[tool.poetry]", "poetry.lock": "" })).toEqual(["install"]);
    expect(lacks({ "pubspec.yaml": "dependencies:\n  flutter:\n    sdk: flutter\n" })).toEqual([
      "versionless",
    ]);
    const said = { node: { lint: "none" }, services: [{ path: ".", test: "none", install: "npm i" }] };
    expect(lacks({ "package.json": "{}" }, said)).toEqual([]);
    expect(refusals({ "package.json": "{}", "package-lock.json": "" }, { commands: false })).toEqual([]);
    expect(refusals({ "package.json": "{}" }, { commands: false })).toMatchObject([
      { lack: { step: "install" } },
    ]);
  });

  it("is what its own entry says, then its kind's, then what is usual", () => {
    const config = {
      python: { versions: ["3.12", "3.13"], types: "none", coverage: 70 },
      services: [
        { path: "services/api", lint: "flake8", versions: ["3.11"], coverage: 65, rules: ["perf.p95 < 1s"] },
      ],
    };
    const made = planned({ ...SHOP, "b/setup.py": "" }, { config, coverage: 80 });
    expect(jobNamed(made, "services/api")).toMatchObject({
      ...{ kind: "python", version: "3.11", lint: "flake8", types: "none", format: "ruff format --check ." },
      rules: "tests.failed == 0\ntests.count >= 1\ncoverage.lines >= 65\nperf.p95 < 1s",
    });
    expect(made.jobs.filter(({ path }) => path === "b").map(({ name }) => name)).toEqual([
      "b (3.12)",
      "b (3.13)",
    ]);
    expect(jobNamed(made, "b (3.12)").rules).toContain("coverage.lines >= 70");
    expect(jobNamed(made, "services/mail")).toMatchObject({ rules: "coverage.lines >= 80", reports: "**" });
  });

  it("asks a command of one's own for no report, but for coverage where that is asked for", () => {
    const config = {
      services: [
        { path: "web", test: "make test", sizes: ["dist/**/*.js"], rules: ["bundle.total < 300kB"] },
      ],
    };
    expect(jobNamed(planned(SHOP, { config }), "web")).toMatchObject({
      ...{ rules: "bundle.total < 300kB", reports: "", sizes: "web/dist/**/*.js" },
    });
    expect(jobNamed(planned(SHOP, { config, coverage: 80 }), "web")).toMatchObject({
      ...{ rules: "coverage.lines >= 80\nbundle.total < 300kB", reports: "**" },
    });
  });

  it("is built for the platforms that an app has folders for", () => {
    const app = "dependencies:\n  flutter:\n    sdk: flutter\n";
    const files = {
      "a/pubspec.yaml": app,
      "a/android/x": "",
      "b/pubspec.yaml": app,
      "b/ios/x": "",
      "c/pubspec.yaml": "name: c\n",
    };
    const made = planned(files, { config: { flutter: { versions: ["3.35.7"] } } });
    expect([made.jobs, made.android, made.ios].map((jobs) => jobs.map(({ path }) => path))).toEqual([
      ["a", "b"],
      ["a"],
      ["b"],
    ]);
  });

  it("is not more than GitHub takes", () => {
    const files = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`s${index}/go.mod`, ""]));
    expect(refusals(files)).toEqual([{ kind: "too-many", jobs: 257 }]);
    const config = { go: { test: "x".repeat(60_000) } };
    expect(refusals({ "a/go.mod": "", "b/go.mod": "" }, { config })).toEqual([{ kind: "too-many", jobs: 2 }]);
  });
});

describe("what a change runs", () => {
  const runs = (changed: readonly string[], config: unknown = {}) =>
    planned(SHOP, { changed, config }).services.flatMap(({ path, reason }) =>
      reason === undefined ? [] : [path],
    );
  const all = ["services/api", "services/mail", "web"];

  it.each([
    ["a file of a service", ["services/api/app/main.py"], ["services/api"]],
    ["its README, which may be part of its package", ["services/api/README.md"], ["services/api"]],
    ["a file that belongs to nobody", ["Makefile"], all],
    ["a file beside harmless ones", ["README.md", "libs/common/money.py"], all],
    ["harmless files", ["README.md", "docs/x/y.png", "LICENSE"], []],
    ["a name that only begins like a service's", ["services/api2/x"], all],
    ["nothing", [], []],
  ])("for %s", (_name, changed, expected) => {
    expect(runs(changed)).toEqual(expected);
  });

  it("for what a service needs: that service, and no other", () => {
    const config = {
      services: [{ path: "services/api", needs: ["libs/common/**"] }],
      harmless: ["Makefile"],
    };
    expect(runs(["libs/common/money.py"], config)).toEqual(["services/api"]);
    expect(runs(["Makefile"], config)).toEqual([]);
    expect(runs(["README.md"], config)).toEqual(all);
  });

  it("never leaves out a service of which a file has changed, nor one when a file belongs to nobody", () => {
    const found = (path: string): Found => ({ path, kind: "go", own: {}, entry: undefined });
    const name = fc.constantFrom("a", "b", "c", "README.md");
    const paths = fc.array(fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")));
    const folders = fc.uniqueArray(fc.constantFrom(".", "a", "b", "a/b", "c/a"), { minLength: 1 });
    fc.assert(
      fc.property(paths, folders, (changed, services) => {
        const all = services.map(found);
        const affected = affectedBy(changed, all, []);
        for (const file of changed) {
          const owners = all.filter(({ path }) => path === "." || file.startsWith(`${path}/`));
          for (const one of owners) expect(affected.has(one)).toBe(true);
          if (owners.length === 0) expect(affected.size).toBe(all.length);
        }
        if (changed.length === 0) expect(affected.size).toBe(0);
      }),
    );
  });
});

describe("a pattern", () => {
  it.each([
    ["*.md", "README.md", true],
    ["*.md", "a/README.md", false],
    ["**/*.md", "README.md", true],
    ["**/*.md", "a/b/README.md", true],
    ["docs/**", "docs/a/b", true],
    ["docs", "docs/a", true],
    ["docs/", "docs/a", true],
    ["docs", "docs2", false],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["a.c", "abc", false],
    ["./libs/**", "libs/x", true],
  ])("%s names %s: %s", (pattern, path, fits) => {
    expect(globMatcher(pattern)(path)).toBe(fits);
  });
});
