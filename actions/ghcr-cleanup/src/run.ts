import { GitHubClient } from "../../../shared/github/client.ts";
import { PacedGitHub } from "../../../shared/github/paced-client.ts";
import { Registry } from "../../../shared/registry/registry.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { applyAll } from "./apply-all.ts";
import type { Inputs } from "./inputs.ts";
import { ManifestStore } from "./manifest-store.ts";
import { asUserError, outcomeOf } from "./outcome.ts";
import { readRules } from "./package-rules.ts";
import { findOwner, PackagesApi } from "./packages-api.ts";
import { apiAddress, registryAddress } from "./places.ts";
import { planPackage } from "./plan-package.ts";
import type { PackageResult, Results } from "./result.ts";
import { selectPackages } from "./select-packages.ts";
import type { Sources } from "./sources.ts";
import { unusedRules } from "./unused-rules.ts";
import type { Work } from "./work.ts";

// The last call and the report need a little time before the deadline.
const RESERVE_MS = 20_000;

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
        planPackage(name, { sources, rules, inputs, now, runtime }),
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
