import { GitHubClient } from "../../../shared/github/client.ts";
import { LimitReached, PacedGitHub } from "../../../shared/github/paced-client.ts";
import { Registry } from "../../../shared/registry/registry.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type Applying, apply, tooMany } from "./apply.ts";
import { freedBytes } from "./bytes.ts";
import { decide } from "./decide.ts";
import { gather, readForBytes, type Sources } from "./gather.ts";
import type { Inputs } from "./inputs.ts";
import { ManifestStore } from "./manifest-store.ts";
import { asUserError, outcomeOf } from "./outcome.ts";
import { type PackageRules, readRules } from "./package-rules.ts";
import { findOwner, PackagesApi } from "./packages-api.ts";
import { apiAddress, registryAddress } from "./places.ts";
import type { PackageResult, Results } from "./result.ts";
import { selectPackages } from "./select-packages.ts";
import { unusedRules } from "./unused-rules.ts";
import type { Work } from "./work.ts";

// The last call and the report need a little time before the deadline.
const RESERVE_MS = 20_000;
// A call that changes something is waited for when the run is stopped; the runner allows 7.5 s in all.
const GRACE_MS = 2_500;
// What `auto` reads more than it has to, for counting bytes.
const FEW = 500;

/** The action: reads every package, decides, and carries the plans out one after the other. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, log, signal, env } = runtime;
  const started = clock.monotonic();
  const stopAt = started + Math.max(inputs.timeout * 0.8, inputs.timeout - RESERVE_MS);
  const rules = await readRules(inputs);
  const apiUrl = apiAddress(env);
  const login = inputs.owner || env["GITHUB_REPOSITORY_OWNER"] || "";
  if (login === "")
    throw new UserError("owner: is empty.", {
      hint: "Name the organisation or user that owns the packages.",
    });

  const client = new GitHubClient({ apiUrl: apiUrl.href, token: inputs.githubToken, env, signal });
  runtime.defer("connections to GitHub", () => client.close());
  const pace = { changeMs: inputs.pace, deadline: stopAt, longestWaitMs: inputs.timeout };
  const github = new PacedGitHub(client, pace, { clock, log, signal });
  const registry = new Registry({
    url: inputs.registryUrl ?? registryAddress(apiUrl),
    token: inputs.githubToken,
    env,
    clock,
    addSecret: runtime.addSecret,
  });
  runtime.defer("connections to the registry", () => registry.close());
  const warnings: string[] = [];
  const store = new ManifestStore(inputs.manifestCache);
  const unusable = await store.load();
  if (unusable !== undefined) warnings.push(`manifest-cache: ${unusable}; what is missing is read again.`);
  const listed = new Set<string>();
  let complete = false;
  runtime.defer("the manifest cache", () => store.save((digest) => !complete || listed.has(digest)));

  const owner = await findOwner(github, login).catch((error: unknown) => {
    throw asUserError(error, `the account ${login}`);
  });
  const api = new PackagesApi(github, owner);
  const selected = await selectPackages(inputs.packages, api).catch((error: unknown) => {
    throw asUserError(error, "the list of packages");
  });
  warnings.push(...selected.warnings);
  const now = clock.now();
  let read = 0;
  const sources: Sources = { api, registry, store, signal, owner: owner.login, onRead: () => void read++ };
  const progress = log.progress(() => `${read} manifests read, ${github.calls} calls to GitHub`);
  const packages: PackageResult[] = [];
  try {
    for (const name of selected.names) {
      const result = await log.group(`Package ${name}`, () =>
        plan(name, { sources, rules, inputs, now, runtime }),
      );
      packages.push(result);
      for (const { digest } of result.work?.facts.versions ?? []) listed.add(digest);
    }
    complete = packages.every(({ work }) => work !== undefined);
  } finally {
    progress();
  }
  const works = packages.flatMap(({ work }) => work ?? []);
  warnings.push(
    ...unusedRules(works),
    ...rules.unused().map((name) => `config: ${name} matches no package.`),
  );
  logBudget(github, works, log);
  const finished = inputs.dryRun
    ? packages
    : await applyAll(packages, { inputs, sources, runtime, now, stopAt });
  const results: Results = {
    owner,
    dryRun: inputs.dryRun,
    packages: finished,
    warnings,
    maxDeletes: inputs.maxDeletes,
    calls: { github: github.calls, registry: registry.calls },
    durationMs: clock.monotonic() - started,
  };
  const outcome = outcomeOf(results);
  // A run that was stopped says what it has done; why it was stopped says the runtime.
  return signal.aborted ? { ...outcome, failures: [] } : outcome;
}

/** A look and the deletion for each version; what does not fit is left to the next run. */
function logBudget({ budget }: PacedGitHub, works: readonly Work[], log: Runtime["log"]): void {
  if (budget === undefined) return;
  const needed = works.reduce(
    (sum, { plan: { delete: going, untag } }) => sum + 2 * going.length + 4 * untag.length,
    0,
  );
  const until = new Date(budget.resetAt).toISOString();
  log.info(
    `calls to GitHub: left=${budget.remaining} of ${budget.limit} until ${until}, needed about ${needed}`,
  );
}

type Planning = {
  readonly sources: Sources;
  readonly rules: PackageRules;
  readonly inputs: Inputs;
  readonly now: number;
  readonly runtime: Runtime;
};

async function plan(
  name: string,
  { sources, rules, inputs, now, runtime }: Planning,
): Promise<PackageResult> {
  const { log, signal } = runtime;
  const path = sources.api.path(name);
  try {
    const facts = await gather(name, sources);
    const own = rules.for(name);
    const decided = decide(facts, own, now);
    const most = { never: -1, auto: FEW, always: Number.POSITIVE_INFINITY }[inputs.measureBytes];
    const manifests =
      decided.delete.length > 0 && most >= 0
        ? await readForBytes(name, facts, most, sources)
        : facts.manifests;
    const bytes = most >= 0 ? freedBytes(decided, manifests) : undefined;
    const work: Work = { name, rules: own, facts: { ...facts, manifests }, plan: decided, bytes };
    const { length: going } = decided.delete;
    log.info(
      `versions=${facts.versions.length} delete=${going} keep=${decided.keep.length} untag=${decided.untag.length}`,
    );
    return { name, work, done: undefined, failure: failureOf(work), path };
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof LimitReached) && !(asUserError(error, name) instanceof UserError)) throw error;
    return { name, work: undefined, done: undefined, failure: error, path };
  }
}

/** What forbids to carry a plan out, in a dry run too. */
function failureOf({ name, plan: decided, facts, rules }: Work): UserError | undefined {
  const unread = decided.keep.find(({ reason }) => reason.why === "unreadable")?.reason;
  if (unread?.why === "unreadable") {
    return new UserError(`package ${name}: the manifest ${unread.digest} cannot be read.`, {
      hint: "What it needs is not known, so everything of the package stays. When the registry has lost it for good, delete this version by hand.",
    });
  }
  if (decided.tooMany === undefined) return undefined;
  return tooMany(name, decided.delete.length, facts.versions.length, rules.maxPercent);
}

type ApplyAll = {
  readonly inputs: Inputs;
  readonly sources: Sources;
  readonly runtime: Runtime;
  readonly now: number;
  readonly stopAt: number;
};

async function applyAll(packages: readonly PackageResult[], all: ApplyAll): Promise<PackageResult[]> {
  const { inputs, sources, runtime, now, stopAt } = all;
  const { clock, log, signal } = runtime;
  let allowed = inputs.maxDeletes ?? Number.POSITIVE_INFINITY;
  let done = 0;
  const planned = packages.reduce((sum, { work }) => sum + (work?.plan.delete.length ?? 0), 0);
  const started = clock.monotonic();
  const stopProgress = log.progress(() => {
    const rate = (done / Math.max(1, clock.monotonic() - started)) * 60_000;
    return `${done} of ${planned} deleted, ${rate.toFixed(0)} a minute`;
  });
  const to: Applying = {
    ...sources,
    clock,
    log,
    now,
    stopAt,
    grace: graceAfter(signal),
    mayDelete: () => allowed-- > 0,
    onDone: () => void done++,
  };
  const results: PackageResult[] = [];
  try {
    for (const each of packages) {
      const { work } = each;
      const idle = work === undefined || work.plan.delete.length + work.plan.untag.length === 0;
      if (idle || each.failure !== undefined) results.push(each);
      else results.push({ ...each, done: await log.group(`Cleaning ${each.name}`, () => apply(work, to)) });
      sources.api.forget(each.name);
    }
  } finally {
    stopProgress();
  }
  return results;
}

function graceAfter(signal: AbortSignal): AbortSignal {
  const grace = new AbortController();
  const end = (): void => void setTimeout(() => grace.abort(signal.reason), GRACE_MS).unref();
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return grace.signal;
}
