import path from "node:path";
import { type Found, packageOf, type Tree } from "./discover.ts";
import { type Kind, NONE, STEPS, type Step } from "./kinds.ts";

/** The commands of a service, `none` for what does not run. */
export type Commands = Readonly<Record<Step, string>>;

/** A step for which nothing is known to run, and nothing says that nothing should. */
export type Lack = { readonly step: Step; readonly why: string };

/** What a kind runs unless its repository says otherwise, and what its tests leave in `$REPORTS`. */
export type Defaults = {
  readonly commands: Partial<Readonly<Record<Step, string>>>;
  readonly lacks: readonly Lack[];
  readonly reportsTests: boolean;
  readonly manager: string;
};

const FROM_KIND: Readonly<Record<Kind, (tree: Tree, folder: string) => Defaults>> = {
  python: pythonDefaults,
  node: nodeDefaults,
  go: () => ({
    commands: {
      // gofmt names the files and ends well all the same.
      format: `files=$(gofmt -l .); echo "$files"; test -z "$files"`,
      lint: "go vet ./...",
      test: `go test -race -coverprofile="$REPORTS/cover.out" ./...`,
      build: "go build ./...",
    },
    lacks: [],
    reportsTests: false,
    manager: "",
  }),
  flutter: () => ({
    commands: {
      install: "flutter pub get",
      format: "dart format --output=none --set-exit-if-changed .",
      lint: "flutter analyze",
      test: `flutter test --coverage --coverage-path="$REPORTS/lcov.info"`,
    },
    lacks: [],
    reportsTests: false,
    manager: "",
  }),
};

/** The defaults of a service, by the files of its folder. Pure. */
export function defaultsOf({ kind, path: folder }: Pick<Found, "kind" | "path">, tree: Tree): Defaults {
  return FROM_KIND[kind](tree, folder);
}

/** The commands that really run: those of the service, of its kind, and the defaults, in this order. */
export function commandsOf(
  defaults: Defaults,
  ...settings: readonly Partial<Readonly<Record<Step, string | undefined>>>[]
): { commands: Commands; lacks: Lack[] } {
  const said = (step: Step): string | undefined =>
    settings.map((one) => one[step]).find((one) => one !== undefined);
  const commands = Object.fromEntries(
    STEPS.map((step) => [step, said(step) ?? defaults.commands[step] ?? NONE]),
  ) as Record<Step, string>;
  return { commands, lacks: defaults.lacks.filter(({ step }) => said(step) === undefined) };
}

function pythonDefaults(tree: Tree, folder: string): Defaults {
  const has = (name: string): boolean => tree.paths.has(path.posix.join(folder, name));
  const lists = [
    ...["requirements.txt", "requirements-dev.txt", "requirements-test.txt", "dev-requirements.txt"],
    ...["requirements/dev.txt", "requirements/test.txt"],
  ].filter(has);
  const pip = `python -m pip install ${lists.map((list) => `-r ${list}`).join(" ")}`;
  const locked = has("uv.lock")
    ? "uv sync --active --locked --all-extras --all-groups"
    : lists.length > 0
      ? pip
      : has("poetry.lock")
        ? undefined
        : "python -m pip install -e .";
  return {
    commands: {
      ...(locked === undefined ? {} : { install: locked }),
      format: "ruff format --check .",
      lint: "ruff check .",
      types: "mypy .",
      test: `python -m pytest --junitxml="$REPORTS/tests.xml" --cov --cov-report=term --cov-report="xml:$REPORTS/coverage.xml"`,
    },
    lacks:
      locked === undefined
        ? [{ step: "install", why: "it has a poetry.lock, and which Poetry installs it is yours to say" }]
        : [],
    reportsTests: true,
    manager: has("uv.lock") ? "uv" : "pip",
  };
}

// What these runners have to be told to leave reports; only a script that ends in the runner takes more flags.
const RUNNERS: readonly (readonly [RegExp, string])[] = [
  [
    /(?:^|&&\s*)vitest(?: run)?(?: --?[\w.=-]+)*$/,
    `--reporter=default --reporter=junit --outputFile.junit="$REPORTS/tests.xml" --coverage.enabled --coverage.reporter=text --coverage.reporter=cobertura --coverage.reportsDirectory="$REPORTS/coverage"`,
  ],
  [
    /(?:^|&&\s*)node --test$/,
    `--test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination="$REPORTS/tests.xml" --experimental-test-coverage --test-reporter=lcov --test-reporter-destination="$REPORTS/lcov.info"`,
  ],
];
const JEST = /(?:^|&&\s*)jest(?: --?[\w.=-]+)*$/;
const JEST_FLAGS = `--coverage --coverageReporters=text --coverageReporters=cobertura --coverageDirectory="$REPORTS/coverage"`;

function nodeDefaults(tree: Tree, folder: string): Defaults {
  const has = (name: string): boolean => tree.paths.has(path.posix.join(folder, name));
  const manager = has("pnpm-lock.yaml") ? "pnpm" : has("yarn.lock") ? "yarn" : "npm";
  const installs = {
    pnpm: "pnpm install --frozen-lockfile",
    yarn: has(".yarnrc.yml") ? "yarn install --immutable" : "yarn install --frozen-lockfile",
    npm: "npm ci",
  };
  const locked = manager !== "npm" || has("package-lock.json") || has("npm-shrinkwrap.json");
  const scripts = scriptsOf(tree, folder);
  const lacks: Lack[] = locked
    ? []
    : [{ step: "install", why: "no lock file says which packages it is built of" }];
  const script = (...names: readonly string[]): string | undefined => {
    const name = names.find((candidate) => scripts.has(candidate));
    return name === undefined ? undefined : `${manager} run ${name}`;
  };
  const required = (step: Step, ...names: readonly string[]): string | undefined => {
    const found = script(...names);
    if (found === undefined) lacks.push({ step, why: `package.json has no script ${names.join(" or ")}` });
    return found;
  };
  const lint = required("lint", "lint");
  const types = has("tsconfig.json")
    ? required("types", "typecheck", "type-check", "types", "check-types", "tsc")
    : undefined;
  const test = testCommand(required("test", "test"), scripts.get("test") ?? "", manager);
  const install = locked ? installs[manager] : undefined;
  const commands = { install, lint, types, test: test.command, build: script("build") };
  const given = Object.entries(commands).filter(([, command]) => command !== undefined);
  return { commands: Object.fromEntries(given), lacks, reportsTests: test.reports, manager };
}

function testCommand(
  command: string | undefined,
  script: string,
  manager: "npm" | "pnpm" | "yarn",
): { command: string | undefined; reports: boolean } {
  if (command === undefined) return { command, reports: false };
  // npm takes flags for the script behind `--`; the others hand over whatever stands there.
  const pass = manager === "npm" ? " --" : "";
  const [, flags] = RUNNERS.find(([runner]) => runner.test(script.trim())) ?? [];
  if (flags !== undefined) return { command: `${command}${pass} ${flags}`, reports: true };
  if (JEST.test(script.trim())) return { command: `${command}${pass} ${JEST_FLAGS}`, reports: false };
  return { command, reports: false };
}

function scriptsOf(tree: Tree, folder: string): Map<string, string> {
  const scripts = packageOf(tree, folder)?.["scripts"];
  if (typeof scripts !== "object" || scripts === null) return new Map();
  return new Map(
    Object.entries(scripts).flatMap(([name, text]) => (typeof text === "string" ? [[name, text]] : [])),
  );
}
