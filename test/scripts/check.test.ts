import { rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildActions } from "../../scripts/build.ts";
import { actionlint } from "../../scripts/check/actionlint.ts";
import type { Check } from "../../scripts/check/check.ts";
import { dependencies } from "../../scripts/check/dependencies.ts";
import { dist } from "../../scripts/check/dist.ts";
import { generated } from "../../scripts/check/generated.ts";
import { inputs } from "../../scripts/check/inputs.ts";
import { languageService } from "../../scripts/check/language-service.ts";
import { bundledPackages, isAllowed, licences } from "../../scripts/check/licences.ts";
import { lockFile } from "../../scripts/check/lock-file.ts";
import { checkParts } from "../../scripts/check/parts.ts";
import { pins } from "../../scripts/check/pins.ts";
import { shell } from "../../scripts/check/shell.ts";
import { biome, types } from "../../scripts/check/tools.ts";
import { zizmor } from "../../scripts/check/zizmor.ts";
import { CHECKS, runChecks } from "../../scripts/check.ts";
import type { ScratchRepository } from "./scratch-repository.ts";
import { makeSoundRepository } from "./sound-repository.ts";

const CI = ".github/workflows/ci.yml";
const CALLED = ".github/workflows/called.yml";
const ACTION = "actions/greet/action.yml";
const CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";

type Defect = {
  readonly check: Check;
  readonly defect: string;
  readonly file: string;
  readonly text: string;
  readonly by: string;
  readonly problem: string;
  readonly if?: boolean;
};

const DEFECTS: readonly Defect[] = [
  {
    check: biome,
    defect: "a file that is not formatted",
    file: "actions/greet/src/main.ts",
    text: "console.log(",
    by: "  console.log( ",
    problem: "actions/greet/src/main.ts format",
  },
  {
    check: biome,
    defect: "an unused import",
    file: "actions/greet/src/main.ts",
    text: "console.log(greet",
    by: "console.log(String",
    problem: "lint/correctness/noUnusedImports",
  },
  {
    check: types,
    defect: "a wrong type",
    file: "actions/greet/src/main.ts",
    text: '"low"',
    by: "5",
    problem: "actions/greet/src/main.ts(3,35): error TS2322",
  },
  {
    check: generated,
    defect: "a table that is not current",
    file: ACTION,
    text: "Whom to greet.",
    by: "Whom to wave at.",
    problem: "actions/greet/README.md: is not what its sources generate.",
  },
  {
    check: generated,
    defect: "a schema changed by hand",
    file: "actions/greet/report.schema.json",
    text: '"string"',
    by: '"number"',
    problem: "actions/greet/report.schema.json: is not what its sources generate.",
  },
  {
    check: generated,
    defect: "a missing description",
    file: ACTION,
    text: "    description: How loud.\n",
    by: "",
    problem: "actions/greet/action.yml:7: description: input how-loud has no description.",
  },
  {
    check: generated,
    defect: "an unknown key of an input",
    file: ACTION,
    text: "    required: true",
    by: "    mandatory: true",
    problem: 'actions/greet/action.yml:4: Unrecognized key: "mandatory".',
  },
  {
    check: inputs,
    defect: "an input that is read and not declared",
    file: "actions/greet/src/inputs.ts",
    text: "who: {}",
    by: "who: {}, whom: {}",
    problem: "actions/greet/action.yml: does not declare the input whom, which src/inputs.ts reads.",
  },
  {
    check: inputs,
    defect: "an input that is declared and not read",
    file: ACTION,
    text: "  how-loud:",
    by: "  how-fast:\n    description: How fast.\n  how-loud:",
    problem: "actions/greet/src/inputs.ts: does not read the input how-fast, which action.yml declares.",
  },
  {
    check: inputs,
    defect: "an input that is parsed and not used",
    file: "actions/greet/src/greet.ts",
    text: "inputs.who",
    by: '"whoever"',
    problem: "actions/greet/src/inputs.ts: the input who is parsed, and nothing uses who.",
  },
  {
    check: inputs,
    defect: "an output that nothing sets",
    file: "actions/greet/src/greet.ts",
    text: '"greeting-text"',
    by: "greeting",
    problem: "actions/greet/action.yml: declares the output greeting-text, which nothing sets.",
  },
  {
    check: inputs,
    defect: "an output of every action that is not declared",
    file: ACTION,
    text: "  report:\n    description: Path of the report.\n",
    by: "",
    problem: "actions/greet/action.yml: does not declare the output report, which every action has.",
  },
  {
    check: languageService,
    defect: "an unknown input of a released action",
    file: CALLED,
    text: "          who:",
    by: "          whom: x\n          who:",
    problem: "called.yml:21: Invalid action input 'whom'",
  },
  {
    check: languageService,
    defect: "a missing input of an action by its path",
    file: CI,
    text: "          who: world\n",
    by: "          how-loud: high\n",
    problem: "ci.yml:20: Missing required input `who`",
  },
  {
    check: languageService,
    defect: "an action of ours that does not exist",
    file: CALLED,
    text: "org/actions/greet@v1",
    by: "org/actions/great@v1",
    problem: "called.yml:19: Unable to resolve action `org/actions/great@v1`",
  },
  {
    check: languageService,
    defect: "a missing input of a reusable workflow",
    file: CI,
    text: "    with:\n      environment: production\n",
    by: "",
    problem: "ci.yml:28: Input environment is required",
  },
  {
    check: languageService,
    defect: "an example in the README with a wrong input",
    file: "README.md",
    text: "          who: world",
    by: "          who: world\n          volume: 11",
    problem: "README.md:19: Invalid action input 'volume'",
  },
  {
    check: languageService,
    defect: "an example of steps in an action's README with a wrong input",
    file: "actions/greet/README.md",
    text: "who: world",
    by: "whom: world",
    problem: "actions/greet/README.md:8: Invalid action input 'whom'",
  },
  {
    check: languageService,
    defect: "an unknown key in action.yml",
    file: ACTION,
    text: "outputs:",
    by: "results: {}\noutputs:",
    problem: "actions/greet/action.yml:10: Unexpected value 'results'",
  },
  {
    check: languageService,
    defect: "a context that does not exist",
    file: CALLED,
    text: "inputs.environment }}\n  cancel",
    by: "input.environment }}\n  cancel",
    problem: "called.yml:11: Unrecognized named-value: 'input'",
  },
  {
    check: actionlint,
    defect: "an untrusted value within a script",
    file: CI,
    text: 'echo "one"',
    by: 'echo "${{ github.head_ref }}"',
    problem: 'ci.yml:23: "github.head_ref" is potentially untrusted',
  },
  {
    check: actionlint,
    defect: "an example in the README that needs a job that is not there",
    file: "README.md",
    text: "    runs-on: ubuntu-latest",
    by: "    needs: build\n    runs-on: ubuntu-latest",
    problem: 'README.md:13: job "greet" needs job "build" which does not exist',
  },
  {
    check: zizmor,
    defect: "credentials left behind for later steps",
    file: CI,
    text: "persist-credentials: false",
    by: "fetch-depth: 1",
    problem: "artipacked",
    if: checkParts.zizmor.find() !== undefined,
  },
  {
    check: pins,
    defect: "a third-party action by its tag",
    file: CI,
    text: CHECKOUT,
    by: "actions/checkout@v7",
    problem: "ci.yml:15: actions/checkout@v7 is not pinned.",
  },
  {
    check: pins,
    defect: "a pin that does not say which version it is",
    file: CI,
    text: " # v7.0.1",
    by: "",
    problem: "ci.yml:15: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 is not pinned.",
  },
  {
    check: pins,
    defect: "a container by its tag",
    file: CI,
    text: CHECKOUT,
    by: "docker://alpine:3",
    problem: "ci.yml:15: docker://alpine:3 is not pinned.",
  },
  {
    check: shell,
    defect: "a mistake in a shell script",
    file: ".ci/run",
    text: "npm test",
    by: "rm $1",
    problem: ".ci/run:4: SC2086",
    if: checkParts.shellcheck.find() !== undefined,
  },
  {
    check: shell,
    defect: "a mistake in a step",
    file: CI,
    text: 'echo "two"',
    by: "echo $HOME",
    problem: "ci.yml:25: SC2086",
    if: checkParts.shellcheck.find() !== undefined,
  },
  {
    check: shell,
    defect: "a mistake in a part of a host's script",
    file: "actions/greet/agent/20-call.sh",
    text: 'hello "$1"',
    by: "hello $1",
    problem: "actions/greet/agent/20-call.sh:2: SC2086",
    if: checkParts.shellcheck.find() !== undefined,
  },
  {
    check: licences,
    defect: "an action that imports a package meant for development",
    file: "actions/greet/src/main.ts",
    text: "import",
    by: 'import { marked } from "marked";\nimport',
    problem: "actions/greet/src/main.ts: imports marked, which is not among the `dependencies`",
  },
  {
    check: dependencies,
    defect: "a dependency without a row",
    file: "docs/dependencies.md",
    text: "| `pg` |",
    by: "| pg |",
    problem: "docs/dependencies.md: has no row for pg.",
  },
  {
    check: dependencies,
    defect: "a row without a reason",
    file: "docs/dependencies.md",
    text: "Types of pg, which brings none",
    by: "",
    problem: "docs/dependencies.md: gives no reason for @types/pg.",
  },
  {
    check: dependencies,
    defect: "a row that is left over",
    file: "docs/dependencies.md",
    text: "| `pg` |",
    by: "| `postgres` | MIT | once | – |\n| `pg` |",
    problem: "docs/dependencies.md: has a row for postgres, which is not used.",
  },
  {
    check: dependencies,
    defect: "another licence than the package has",
    file: "docs/dependencies.md",
    text: "| `yaml` | ISC |",
    by: "| `yaml` | MIT |",
    problem: "docs/dependencies.md: says MIT for yaml, whose licence is ISC.",
  },
  {
    check: lockFile,
    defect: "a host in the lock file",
    file: "package-lock.json",
    text: '"node_modules/pg": {',
    by: '"node_modules/pg": {\n      "resolved": "https://registry.example/pg.tgz",',
    problem: "package-lock.json: node_modules/pg names the host it came from.",
  },
];

let scratch: ScratchRepository;
beforeEach(async () => {
  scratch = await makeSoundRepository();
});
afterEach(() => scratch.remove());

describe("checking", () => {
  it("finds nothing in a sound repository", { timeout: 120_000 }, async () => {
    const lines: string[] = [];
    const failed = await runChecks(scratch.root, CHECKS, (line) => lines.push(line));
    expect(failed, lines.join("\n")).toEqual([]);
    expect(lines).toHaveLength(CHECKS.length);
  });

  for (const { check, defect, file, text, by, problem, if: possible = true } of DEFECTS) {
    it.runIf(possible)(`finds ${defect} (${check.name})`, async () => {
      scratch.replace(file, text, by);
      const { problems } = await check.find(scratch.root);
      expect(problems.join("\n")).toContain(problem);
    });
  }

  it("plants a defect for every check", () => {
    const planted = new Set(DEFECTS.map(({ check }) => check));
    expect(CHECKS.filter((check) => !planted.has(check)).map(({ name }) => name)).toEqual([]);
  });

  it("finds a package with another licence among what is bundled, also below it", async () => {
    const lock = JSON.parse(scratch.read("package-lock.json"));
    lock.packages["node_modules/pg-protocol"].license = "GPL-3.0-only";
    scratch.write({ "package-lock.json": JSON.stringify(lock) });
    expect((await licences.find(scratch.root)).problems).toEqual([
      "pg-protocol: its licence (GPL-3.0-only) is not among those allowed in a bundle.",
    ]);
  });

  it("reports a package that came without a checksum", async () => {
    const lock = JSON.parse(scratch.read("package-lock.json"));
    delete lock.packages["node_modules/pg"].integrity;
    scratch.write({ "package-lock.json": JSON.stringify(lock) });
    expect((await lockFile.find(scratch.root)).problems).toEqual([
      "package-lock.json: node_modules/pg has no checksum.",
    ]);
  });

  it("prints every failure with the command that mends it, and counts a check that breaks as failed", async () => {
    const sound: Check = { name: "sound", mend: "", find: async () => ({ problems: [] }) };
    const stale: Check = {
      name: "stale",
      mend: "npm run docs",
      find: async () => ({ problems: ["a\nb", "c"] }),
    };
    const broken: Check = { name: "broken", mend: "?", find: () => Promise.reject(new Error("cannot be")) };
    const absent: Check = {
      name: "absent",
      mend: "",
      find: async () => ({ problems: [], notRun: "get it" }),
    };
    const lines: string[] = [];
    const failed = await runChecks(scratch.root, [sound, stale, broken, absent], (line) => lines.push(line));
    expect(failed).toEqual(["stale", "broken"]);
    expect(lines.join("\n")).toMatch(
      /^ok +sound .*\nFAILED +stale .*\n +a\n +b\n +c\n +To mend it: npm run docs\n/,
    );
    expect(lines.join("\n")).toContain("Error: cannot be");
    expect(lines.at(-1)).toBe("not run  absent (get it)");
  });
});

describe("comparing dist", () => {
  it("accepts what was built from the sources, and finds a changed byte, a missing and a stale file", async () => {
    await buildActions({ root: scratch.root, outDir: "dist" });
    expect(await dist.find(scratch.root)).toEqual({ problems: [] });

    scratch.replace("dist/greet/index.js", "Hello", "Hallo");
    scratch.write({ "dist/greet/left-over.js": "" });
    rmSync(path.join(scratch.root, "dist/greet/licenses.txt"));
    expect((await dist.find(scratch.root)).problems).toEqual(
      ["index.js", "left-over.js", "licenses.txt"].map(
        (file) => `dist/greet/${file}: is not what the sources build.`,
      ),
    );
  });

  it("fails when dist is not there at all", async () => {
    const { problems } = await dist.find(scratch.root);
    expect(problems).toContain("dist/greet/index.js: is not what the sources build.");
  });

  it("fails when the sources do not build", async () => {
    scratch.replace("actions/greet/src/main.ts", '"low"', "5");
    expect((await dist.find(scratch.root)).problems[0]).toContain("The sources do not compile");
  });
});

describe("licences of what is bundled", () => {
  it.each([
    ["MIT", true],
    ["(MIT OR GPL-3.0-only)", true],
    ["MIT AND GPL-3.0-only", false],
    ["Apache-2.0 AND (MIT OR ISC)", true],
    ["GPL-3.0-only", false],
    ["SEE LICENSE IN LICENSE", false],
  ])("%s: %s", (expression, allowed) => {
    expect(isAllowed(expression)).toBe(allowed);
  });

  it("follows dependencies as Node resolves them, and not those for development", () => {
    const packages = {
      "": { dependencies: { a: "1" }, devDependencies: { tool: "1" } },
      "node_modules/a": { dependencies: { b: "2" }, optionalDependencies: { "not-for-this-platform": "1" } },
      "node_modules/a/node_modules/b": { dependencies: { c: "1" } },
      "node_modules/b": {},
      "node_modules/c": { dependencies: { a: "1" } },
      "node_modules/tool": {},
    };
    expect(bundledPackages(packages)).toEqual([
      "node_modules/a",
      "node_modules/a/node_modules/b",
      "node_modules/c",
    ]);
  });
});
