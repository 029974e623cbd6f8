import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Check, ChecksVerdict } from "./checks.ts";
import type { Event } from "./event.ts";
import { type Entry, type History, isUncertain, liveIn, provenIn, rollbackTarget } from "./history.ts";
import type { Inputs } from "./inputs.ts";
import type { Intent } from "./intent.ts";
import type { Approval, Relation } from "./repository-api.ts";

/** What would be brought live. */
export type Candidate = {
  readonly version: string;
  readonly sha: string;
  readonly digest: string | undefined;
};

/** What was found out for an intent that is no skip. */
export type Facts = {
  readonly target: History;
  /** Of the environment that proves a promotion. */
  readonly source: History | undefined;
  readonly candidate: Candidate | undefined;
  /** How the candidate stands to what is live; `undefined` when nothing is, by the records. */
  readonly toLive: Relation | undefined;
  /** The branches of which a deployed commit has to be a part of one, and how it stands to them. */
  readonly branches: readonly { readonly name: string; readonly relation: Relation }[] | undefined;
  readonly checks: ChecksVerdict | undefined;
  readonly approval: (Approval & { readonly isPrivate: boolean }) | undefined;
};

export type Action = "deploy" | "promote" | "rollback" | "skip";

export type Plan = {
  readonly action: Action;
  readonly environment: string;
  readonly version: string;
  readonly sha: string;
  readonly digest: string;
  readonly previous: string;
  readonly previousSha: string;
  readonly previousDigest: string;
  readonly reason: string;
};

/** What is to be done, or everything that stands in its way. */
export type Decision =
  | { readonly plan: Plan; readonly warnings: readonly string[] }
  | { readonly refusals: readonly UserError[] };

type Policy = Pick<Inputs, "actors" | "requireApproval" | "allowDiverged">;
type Doing = Exclude<Intent, { readonly kind: "skip" }>;

/** The version that an intent means, once the records are known; `undefined` when none has proved itself. Pure. */
export function candidateOf(
  intent: Doing,
  target: History,
  source: History | undefined,
): Candidate | undefined {
  if (intent.kind === "deploy") return { version: intent.version, sha: intent.sha, digest: intent.digest };
  const { version } = intent;
  const history = intent.kind === "promote" ? source : target;
  if (history === undefined) return undefined;
  const proven = version !== undefined ? provenIn(history, version) : unnamed(intent.kind, history);
  return proven && { version: proven.version, sha: proven.sha, digest: proven.digest };
}

function unnamed(kind: "promote" | "rollback", history: History): Entry | undefined {
  return kind === "promote" ? liveIn(history) : rollbackTarget(history);
}

/** A skip, decided before anything was found out. */
export function skipOf({ environment, reason }: Extract<Intent, { readonly kind: "skip" }>): Decision {
  return {
    plan: { action: "skip", environment, ...NOTHING, ...before(undefined), reason: `${reason}.` },
    warnings: [],
  };
}

const NOTHING = { version: "", sha: "", digest: "" } as const;

/** The decision: from facts to a plan, or to all that stands in its way. Pure. */
export function decide(intent: Doing, facts: Facts, policy: Policy, event: Pick<Event, "actors">): Decision {
  const { environment } = intent;
  const live = liveIn(facts.target);
  const previous = before(live);
  const refusals: UserError[] = [
    ...refusedActors(policy, event),
    ...refusedApproval(facts, policy, environment),
  ];
  const { candidate } = facts;
  if (candidate === undefined) return { refusals: [...refusals, unproven(intent, facts.target)] };
  if (intent.kind === "promote" && refusals.length === 0 && isLive(candidate, facts.target)) {
    const reason = `${candidate.version} is live in ${environment} already.`;
    return { plan: { action: "skip", environment, ...given(candidate), ...previous, reason }, warnings: [] };
  }
  refusals.push(...refusedDirection(intent, facts, policy), ...refusedBranches(intent, facts));
  refusals.push(...refusedName(candidate, facts), ...refusedChecks(facts.checks));
  if (refusals.length > 0) return { refusals };
  const reason = reasonOf(intent, candidate, facts, live);
  const plan = { action: intent.kind, environment, ...given(candidate), ...previous, reason };
  return { plan, warnings: warningsOf(facts, policy, environment) };
}

function given({ version, sha, digest }: Candidate): Pick<Plan, "version" | "sha" | "digest"> {
  return { version, sha, digest: digest ?? "" };
}

function before(live: Entry | undefined): Pick<Plan, "previous" | "previousSha" | "previousDigest"> {
  const { version = "", sha = "", digest = "" } = live ?? {};
  return { previous: version, previousSha: sha, previousDigest: digest };
}

function isLive(candidate: Candidate, target: History): boolean {
  const live = liveIn(target);
  return live?.version === candidate.version && live.digest === candidate.digest && !isUncertain(target);
}

/** Logins have no case. Who has started a run again counts as much as who started it first. */
function refusedActors({ actors }: Policy, event: Pick<Event, "actors">): UserError[] {
  const allowed = new Set(actors.map((actor) => actor.toLowerCase()));
  if (allowed.size === 0) return [];
  return event.actors
    .filter((actor) => !allowed.has(actor.toLowerCase()))
    .map(
      (actor) =>
        new UserError(`${actor} is not one of those who may deploy.`, {
          hint: "'actors' names them.",
          where: { input: "actors" },
        }),
    );
}

function refusedApproval({ approval }: Facts, { requireApproval }: Policy, environment: string): UserError[] {
  if (!requireApproval || approval?.reviewers === true) return [];
  const lacking =
    approval?.exists === true
      ? `has no required reviewers: nobody is asked`
      : "does not exist, or the token may not see it: nobody would be asked";
  const plan =
    approval?.isPrivate === false
      ? "Settings, Environments: add required reviewers; every plan has them for public repositories."
      : "In private repositories only GitHub Enterprise has required reviewers (Settings, Environments). On other plans let 'actors' say who may start a promotion by hand.";
  return [
    new UserError(`require-approval: environment ${environment} ${lacking}.`, {
      hint: `${plan} The job needs 'permissions: actions: read'.`,
      where: { input: "require-approval" },
    }),
  ];
}

function unproven(intent: Doing, target: History): UserError {
  if (intent.kind === "promote") {
    const what = intent.version ?? "No version";
    return new UserError(
      `${what} has ${intent.version === undefined ? "" : "not "}succeeded in ${intent.from}.`,
      {
        hint: `Deploy it to ${intent.from} first; only what has proved itself there is promoted.`,
        where: { input: "version" },
      },
    );
  }
  const { environment, version } = intent;
  if (version !== undefined) {
    return new UserError(`${version} has never succeeded in ${environment}.`, {
      hint: "A rollback goes only to what has; the records are on the repository's page, under Deployments.",
      where: { input: "version" },
    });
  }
  const live = liveIn(target);
  const why =
    live === undefined ? "nothing has succeeded there yet" : `nothing proven is older than ${live.version}`;
  return new UserError(`There is nothing to roll back to in ${environment}: ${why}.`, {
    hint: "Nothing is guessed. Name a 'version' that has succeeded there, or deploy a new one.",
    where: { input: "version" },
  });
}

function refusedDirection(intent: Doing, { candidate, target, toLive }: Facts, policy: Policy): UserError[] {
  const live = liveIn(target);
  if (intent.kind === "rollback" || candidate === undefined || live === undefined) return [];
  const { version } = candidate;
  // Branches that share an environment by a wildcard take turns; none of them is older than another.
  if (toLive === "behind" && (intent.kind === "promote" || intent.oneLine)) {
    return [
      new UserError(`${version} is older than ${live.version}, which is live in ${intent.environment}.`, {
        hint: "To go back is a decision of its own: operation: rollback. An old run that is started again does not.",
        where: { input: "operation" },
      }),
    ];
  }
  // A deployed commit is part of its branch, or is refused for that.
  if (intent.kind === "deploy" || policy.allowDiverged || (toLive !== "diverged" && toLive !== "unknown"))
    return [];
  const why = toLive === "unknown" ? "cannot be compared with" : "lacks commits of";
  return [
    new UserError(`${version} ${why} ${live.version}, which is live in ${intent.environment}.`, {
      hint: "Bring them into what is promoted; or set allow-diverged: true, and they are gone.",
      where: { input: "allow-diverged" },
    }),
  ];
}

function refusedBranches(intent: Doing, { branches }: Facts): UserError[] {
  if (intent.kind !== "deploy" || branches === undefined) return [];
  if (branches.some(({ relation }) => relation === "identical" || relation === "behind")) return [];
  const names = branches.map(({ name }) => name).join(", ");
  return [
    new UserError(`Commit ${intent.sha} is not part of ${names === "" ? "any branch" : names}.`, {
      hint:
        intent.ref.kind === "tag"
          ? `Only what was merged is released to ${intent.environment}: tag a commit of ${names}.`
          : "The branch was moved or deleted since. Push again.",
    }),
  ];
}

/** A version is one commit, for ever: a tag that was moved would deploy something else under a proven name. */
function refusedName({ version, sha }: Candidate, { target, source }: Facts): UserError[] {
  const other = [target, source]
    .flatMap((history) => history?.entries ?? [])
    .find((entry) => entry.version === version && entry.sha !== sha);
  if (other === undefined) return [];
  return [
    new UserError(`${version} was deployed before as commit ${other.sha}, and is ${sha} now.`, {
      hint: "Give every version a name of its own; a tag that was moved needs a new one.",
      where: { input: "version" },
    }),
  ];
}

function refusedChecks(verdict: ChecksVerdict | undefined): UserError[] {
  if (verdict === undefined) return [];
  const names = (checks: readonly Check[]): string =>
    [...new Set(checks.map(({ name, said }) => `${name} (${said})`))].slice(0, 10).join(", ");
  const refusal = (message: string, hint: string): UserError =>
    new UserError(message, { hint, where: { input: "require-checks" } });
  const { red, pending, missing } = verdict;
  return [
    ...(red.length > 0
      ? [
          refusal(
            `Not green: ${names(red)}.`,
            "Mend them, or name the checks that count in 'require-checks'. What an earlier deploy to the same environment has left is not counted where the token has actions: read.",
          ),
        ]
      : []),
    ...(pending.length > 0
      ? [
          refusal(
            `Not finished: ${names(pending)}.`,
            "Run it again when they are, or wait longer by 'wait-for-checks'.",
          ),
        ]
      : []),
    ...(missing.length > 0
      ? [
          refusal(
            `Never reported: ${missing.join(", ")}.`,
            "The names have to be as the commit's page shows them.",
          ),
        ]
      : []),
  ];
}

function reasonOf(intent: Doing, { version }: Candidate, facts: Facts, live: Entry | undefined): string {
  const { environment } = intent;
  if (intent.kind === "deploy") return `${intent.ref.kind} ${intent.ref.name} goes to ${environment}.`;
  if (intent.kind === "promote") return `${version} has succeeded in ${intent.from}.`;
  if (intent.version !== undefined) return `${version} has succeeded in ${environment} before.`;
  return isUncertain(facts.target)
    ? `${version} is what succeeded last in ${environment}.`
    : `${version} was live in ${environment} before ${live?.version}.`;
}

function warningsOf(
  { approval, target, checks }: Facts,
  { requireApproval }: Policy,
  environment: string,
): string[] {
  return [
    ...(checks?.untried === true
      ? ["Not one check has succeeded on this commit: nothing says that anybody has tried it."]
      : []),
    ...(requireApproval && approval?.adminsBypass === true
      ? [`Administrators can pass by the approval of ${environment}.`]
      : []),
    ...(isUncertain(target) ? [`Nobody has recorded how the last deploy to ${environment} ended.`] : []),
  ];
}
