import type { Runtime } from "../../../shared/runtime/action.ts";
import { type ChecksVerdict, judgeChecks } from "./checks.ts";
import { candidateOf, type Facts } from "./decide.ts";
import { EarlierDeploys } from "./earlier-deploy.ts";
import type { Event } from "./event.ts";
import { type History, liveIn, provenIn, rollbackTarget } from "./history.ts";
import type { Inputs } from "./inputs.ts";
import type { Intent } from "./intent.ts";
import { branchesOf } from "./ref-map.ts";
import type { RepositoryApi } from "./repository-api.ts";

type Doing = Exclude<Intent, { readonly kind: "skip" }>;
type Asking = {
  readonly api: RepositoryApi;
  readonly inputs: Inputs;
  readonly event: Event;
  /** The repository of this action, `owner/name`; empty where the runner does not say. */
  readonly ours: string;
  readonly runtime: Pick<Runtime, "clock" | "log" | "signal">;
};

const POLL_MS = 10_000;

/** What has to be known to decide on an intent. Reads, and changes nothing. */
export async function gather(intent: Doing, asking: Asking): Promise<Facts> {
  const { api, inputs, runtime } = asking;
  const target = await api.history(intent.environment, (history) => answers(intent, history));
  const source =
    intent.kind === "promote"
      ? await api.history(intent.from, (history) => proves(intent.version, history))
      : undefined;
  const candidate = candidateOf(intent, target, source);
  const live = liveIn(target);
  runtime.log.info(
    `environment=${intent.environment} live=${live?.version ?? "-"} candidate=${candidate?.version ?? "-"}`,
  );
  const { isPrivate, defaultBranch } = await api.repository();
  const approval = inputs.requireApproval
    ? { ...(await api.approval(intent.environment)), isPrivate }
    : undefined;
  if (candidate === undefined)
    return { target, source, candidate, approval, toLive: undefined, branches: undefined, checks: undefined };
  const toLive = live && (await api.relation(live.sha, candidate.sha));
  const branches = intent.kind === "deploy" ? await standing(intent, defaultBranch, asking) : undefined;
  // A way back must not depend on checks that were green when the version came.
  const checks =
    intent.kind === "rollback" ? undefined : await finishedChecks(intent.environment, candidate.sha, asking);
  return { target, source, candidate, approval, toLive, branches, checks };
}

/** Whether the target's records that were read so far say all that is asked of them. */
function answers(intent: Doing, history: History): boolean {
  if (liveIn(history) === undefined) return false;
  if (intent.kind !== "rollback") return true;
  if (intent.version !== undefined) return provenIn(history, intent.version) !== undefined;
  return rollbackTarget(history) !== undefined;
}

function proves(version: string | undefined, history: History): boolean {
  return (version === undefined ? liveIn(history) : provenIn(history, version)) !== undefined;
}

/** How the commit of a deploy stands to the branches that it has to come from. */
async function standing(
  { ref, sha, environment }: Extract<Intent, { readonly kind: "deploy" }>,
  defaultBranch: string,
  { api, inputs }: Asking,
): Promise<NonNullable<Facts["branches"]>> {
  const named = branchesOf(inputs.branches, environment);
  const names = ref.kind === "branch" ? [ref.name] : named.length > 0 ? named : [defaultBranch];
  const found: { name: string; relation: Awaited<ReturnType<RepositoryApi["relation"]>> }[] = [];
  for (const name of names) {
    const head = await api.head(name);
    found.push({ name, relation: head === undefined ? "unknown" : await api.relation(head, sha) });
  }
  return found;
}

/** The checks, asked again until none that counts is pending or missing, one is red, or the time for that is over. */
async function finishedChecks(
  environment: string,
  sha: string,
  { api, inputs, event, ours, runtime }: Asking,
): Promise<ChecksVerdict | undefined> {
  const { clock, log, signal } = runtime;
  if (inputs.requireChecks === "none") return undefined;
  const until = clock.monotonic() + inputs.waitForChecks;
  const earlier = new EarlierDeploys(api, { environment, sha, ours });
  for (;;) {
    const checks = await api.checks(sha, event.runId);
    const counted = inputs.requireChecks === "all" ? await earlier.mark(checks) : checks;
    const verdict = judgeChecks(counted, inputs.requireChecks);
    const open = [...verdict.pending.map(({ name }) => name), ...verdict.missing];
    const over = clock.monotonic() + POLL_MS > until;
    if (open.length === 0 || verdict.red.length > 0 || over) {
      const leftOut = counted.filter(({ own, state }) => own && state === "red").map(({ name }) => name);
      if (leftOut.length > 0)
        log.info(`Not counted, as of this run or of earlier deploys: ${leftOut.join(", ")}`);
      log.info(`checks: green=${verdict.green} red=${verdict.red.length} open=${open.length}`);
      return verdict;
    }
    log.info(`Waiting for ${open.slice(0, 5).join(", ")}`);
    await clock.sleep(POLL_MS, signal);
  }
}
