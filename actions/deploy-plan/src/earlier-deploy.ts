import type { Check } from "./checks.ts";
import type { JobSteps, RepositoryApi } from "./repository-api.ts";

/** What deploy.yml has its jobs do, beside what the runner does by itself. */
const STEPS =
  "validate-secrets|db-backup|blue-green-switch|deploy-hook|smoke-test|cdn-purge|deploy-record|telegram-notify";
const RUNNER = /^(?:Set up job|Complete job|Post Run .+|Run actions\/(?:checkout|upload-artifact)@.+)$/;

/**
 * What a red job was, by the names of its steps, which GitHub gives to steps without one of their own ("Run
 * org/actions/smoke-test@v1"): a plan that was refused, or a deploy in which nothing but the deploying itself failed.
 * `undefined` for any other, and for one in which a step of somebody else failed beside ours, or was left out after it:
 * tests that were not run have proved nothing. Pure.
 */
export function partOfDeploy(steps: JobSteps["steps"], ours: string): "plan" | "deploy" | undefined {
  if (ours === "") return undefined;
  const step = (actions: string) => new RegExp(`^Run ${RegExp.escape(ours)}/(?:${actions})@`, "i");
  const failed = steps.filter(({ conclusion }) => !["success", "skipped", null].includes(conclusion));
  const unwell = steps.filter(({ conclusion }) => conclusion !== "success");
  const only = (actions: string) => unwell.every(({ name }) => step(actions).test(name) || RUNNER.test(name));
  const has = (action: string) => steps.some(({ name }) => step(action).test(name));
  if (has("deploy-plan"))
    return failed.length > 0 && only("deploy-plan|telegram-notify") ? "plan" : undefined;
  return has("deploy-record") && only(STEPS) ? "deploy" : undefined;
}

// Who has more red checks than this has others to look after.
const MOST_JOBS = 20;

/**
 * Finds the red checks that earlier deploys of a commit to an environment have left on it, and marks them as our own: they
 * say nothing about the commit that the records do not say better, and would keep it from ever being deployed again. A
 * refused plan has judged no code. A failed deploy to another environment counts, because nothing else tells of it here.
 */
export class EarlierDeploys {
  readonly #api: Pick<RepositoryApi, "job" | "recordedRuns">;
  readonly #about: { readonly environment: string; readonly sha: string; readonly ours: string };
  /** By the number of the job: red ones stay as they are. */
  readonly #known = new Map<number, boolean>();
  #recorded: Promise<ReadonlySet<string>> | undefined;

  /** `ours`: the repository of this action, `owner/name`. */
  constructor(
    api: Pick<RepositoryApi, "job" | "recordedRuns">,
    about: { readonly environment: string; readonly sha: string; readonly ours: string },
  ) {
    this.#api = api;
    this.#about = about;
  }

  async mark(checks: readonly Check[]): Promise<readonly Check[]> {
    const marked: Check[] = [];
    for (const check of checks) {
      const own = check.own || (check.state === "red" && (await this.#isEarlier(check)));
      marked.push({ ...check, own });
    }
    return marked;
  }

  async #isEarlier({ job }: Check): Promise<boolean> {
    if (job === undefined || this.#about.ours === "") return false;
    const known = this.#known.get(job);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_JOBS) return false;
    const found = await this.#ask(job);
    this.#known.set(job, found);
    return found;
  }

  async #ask(number: number): Promise<boolean> {
    const job = await this.#api.job(number);
    const part = job && partOfDeploy(job.steps, this.#about.ours);
    if (job === undefined || part === undefined) return false;
    if (part === "plan") return true;
    const { environment, sha } = this.#about;
    this.#recorded ??= this.#api.recordedRuns(environment, sha);
    return (await this.#recorded).has(String(job.run));
  }
}
