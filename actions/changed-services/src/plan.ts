import { type Affected, affectedBy } from "./affected.ts";
import { type Commands, commandsOf, defaultsOf, type Lack } from "./commands.ts";
import type { Config } from "./config-schema.ts";
import { discover, type Found, type Misfit, type Tree } from "./discover.ts";
import { type Kind, NONE } from "./kinds.ts";
import type { Range } from "./range.ts";

/** An entry of a matrix: what one job needs to know. */
export type Job = Commands & {
  readonly kind: Kind;
  readonly name: string;
  readonly path: string;
  /** Empty where the project itself says which. */
  readonly version: string;
  /** What installs its packages: pip or uv, npm, pnpm or yarn; empty for the other kinds. */
  readonly manager: string;
  /** Rules for quality-gate, one a line; empty for none. */
  readonly rules: string;
  /** Which of the files in `$REPORTS` are read for them, as a glob; empty where none is. */
  readonly reports: string;
  readonly sizes: string;
};

export type Service = {
  readonly path: string;
  readonly kind: Kind;
  /** Why it runs; undefined when it does not. */
  readonly reason: string | undefined;
  readonly jobs: readonly Job[];
};

export type Plan = {
  readonly range: Range;
  readonly services: readonly Service[];
  /** Those of the services that run. */
  readonly jobs: readonly Job[];
  readonly android: readonly Job[];
  readonly ios: readonly Job[];
};

/** What stands in the way of a plan. */
export type Refusal =
  | { readonly kind: "misfit"; readonly misfit: Misfit }
  | { readonly kind: "lack"; readonly service: Found; readonly lack: Lack }
  | { readonly kind: "nothing" }
  | { readonly kind: "unnameable"; readonly path: string }
  | { readonly kind: "versionless"; readonly service: Found }
  | { readonly kind: "too-many"; readonly jobs: number };

export type Facts = {
  readonly tree: Tree;
  readonly range: Range;
  /** Empty where everything runs. */
  readonly changed: readonly string[];
};

export type Wishes = {
  readonly coverage: number | undefined;
  readonly kinds: readonly Kind[];
  readonly commands: boolean;
};

/** The newest that these languages support for long; what a project says itself goes before it. */
const VERSIONS: Readonly<Record<Kind, readonly string[]>> = {
  python: ["3.13"],
  node: ["24"],
  go: [""],
  // Nothing in an app says which Flutter it is built with, and the newest may be another one tomorrow.
  flutter: [],
};
// GitHub makes at most 256 jobs of a matrix.
const MOST_JOBS = 256;
// Linux takes 128 KiB as one variable, and jobs-verdict gets the outputs of all jobs in one, quoted once more.
const MOST_CHARACTERS = 80_000;

/** What to run, or everything that keeps it from being known. Pure. */
export function planOf(
  { tree, range, changed }: Facts,
  config: Config,
  wishes: Wishes,
): Plan | { readonly refusals: readonly Refusal[] } {
  const { services: all, misfits } = discover(tree, config);
  const found = all.filter(({ kind }) => wishes.kinds.includes(kind));
  const refusals: Refusal[] = misfits.map((misfit) => ({ kind: "misfit", misfit }));
  if (found.length === 0) refusals.push({ kind: "nothing" });
  // A path goes into commands, names of jobs and globs: one that needs quoting anywhere is refused here.
  for (const { path } of found)
    if (!/^[\w.@+/-]+$/.test(path) || path.startsWith("-")) refusals.push({ kind: "unnameable", path });
  const affected: Affected =
    range.kind === "everything"
      ? new Map(found.map((service) => [service, range.reason]))
      : affectedBy(changed, found, config.harmless);
  const services = found.map((service): Service => {
    const { jobs, lacks } = jobsOf(service, tree, config, wishes);
    if (jobs.length === 0 && wishes.commands) refusals.push({ kind: "versionless", service });
    // Without it a scanner would look at nothing, and find nothing.
    const needed = wishes.commands ? lacks : lacks.filter(({ step }) => step === "install");
    refusals.push(...needed.map((lack): Refusal => ({ kind: "lack", service, lack })));
    return { path: service.path, kind: service.kind, reason: affected.get(service), jobs };
  });
  const jobs = services.filter(({ reason }) => reason !== undefined).flatMap((service) => service.jobs);
  if (jobs.length > MOST_JOBS || JSON.stringify(jobs).length > MOST_CHARACTERS)
    refusals.push({ kind: "too-many", jobs: jobs.length });
  if (refusals.length > 0) return { refusals };
  const builds = (platform: string): Job[] =>
    jobs.filter(
      ({ kind, path }) =>
        kind === "flutter" &&
        [...tree.paths].some((file) =>
          file.startsWith(path === "." ? `${platform}/` : `${path}/${platform}/`),
        ),
    );
  return { range, services, jobs, android: builds("android"), ios: builds("ios") };
}

function jobsOf(
  service: Found,
  tree: Tree,
  config: Config,
  { coverage }: Wishes,
): { jobs: Job[]; lacks: readonly Lack[] } {
  const { kind, path, own } = service;
  const ofKind = config[kind] ?? {};
  const defaults = defaultsOf(service, tree);
  const { commands, lacks } = commandsOf(defaults, own, ofKind);
  const least = own.coverage ?? ofKind.coverage ?? coverage;
  const tested = commands.test !== NONE;
  const rules = [
    // Their own command may leave no report; then `rules` says what it is held to.
    ...(defaults.reportsTests && commands.test === defaults.commands.test
      ? ["tests.failed == 0", "tests.count >= 1"]
      : []),
    ...(tested && least !== undefined ? [`coverage.lines >= ${least}`] : []),
    ...(ofKind.rules ?? []),
    ...(own.rules ?? []),
  ];
  const versions = own.versions ?? ofKind.versions ?? VERSIONS[kind];
  const jobs = versions.map(
    (version): Job => ({
      kind,
      name: `${path === "." ? "root" : path}${versions.length > 1 ? ` (${version})` : ""}`,
      path,
      version,
      ...commands,
      manager: defaults.manager,
      rules: [...new Set(rules)].join("\n"),
      // Sizes are read from what was built.
      reports: rules.some((rule) => !/^\s*bundle\./.test(rule)) ? "**" : "",
      sizes: [...(ofKind.sizes ?? []), ...(own.sizes ?? [])]
        .map((glob) => (path === "." ? glob : `${path}/${glob}`))
        .join("\n"),
    }),
  );
  return { jobs, lacks };
}
