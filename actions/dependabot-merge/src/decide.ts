import type { PullRequest } from "./event.ts";
import type { Commit } from "./github.ts";
import { type Inputs, NEVER, type Size } from "./inputs.ts";

/** What is true of the branch that the update goes into. */
export type Facts = {
  /** Names of the checks that it requires, by protection or by rulesets. */
  readonly requiredChecks: readonly string[];
  /** Its commits, the oldest first. */
  readonly commits: readonly Commit[];
  /** For how many days Dependabot holds back such updates by its configuration; undefined where that says nothing. */
  readonly cooldownDays: number | undefined;
};

export type Decision = { readonly merge: boolean; readonly reasons: readonly string[] };

// GitHub's own account, which nobody else can have (https://api.github.com/users/dependabot[bot]).
const DEPENDABOT = 49_699_333;
// What GitHub makes by itself, Dependabot's commits among it, it commits and signs as https://github.com/web-flow.
const WEB_FLOW = 19_864_447;

/** What the decision needs of the inputs. */
export type Asked = Pick<
  Inputs,
  "updateType" | "packageEcosystem" | "maintainerChanges" | "ecosystems" | "types" | "cooldownDays"
>;

/**
 * Whether a pull request may be merged once its checks are green; all reasons against it at once. It takes GitHub's word
 * for who wrote it, and Dependabot's for what it is. Pure.
 */
export function decide(
  pull: PullRequest,
  asked: Asked,
  { requiredChecks, commits, cooldownDays }: Facts,
): Decision {
  const reasons: string[] = [];
  if (pull.user.id !== DEPENDABOT || pull.user.login !== "dependabot[bot]" || pull.user.type !== "Bot")
    reasons.push(`it is by ${pull.user.login}, and not by Dependabot`);
  if (pull.head.repo?.full_name !== pull.base.repo.full_name)
    reasons.push("it comes from another repository");
  // fetch-metadata looks at the first commit alone, and only warns of others: https://github.com/dependabot/fetch-metadata
  const foreign = commits.find((commit) => !isDependabots(commit));
  if (foreign !== undefined) reasons.push(`its commit ${foreign.sha.slice(0, 12)} is not by Dependabot`);
  else if (commits.at(-1)?.sha !== pull.head.sha) reasons.push("its commits are not those of this run");
  if (pull.state !== "open" || pull.draft === true) reasons.push("it is not open for merging");
  const size = sizeOf(asked.updateType);
  if (size === undefined) reasons.push(`it is no patch or minor update (${asked.updateType})`);
  else if (!asked.types.includes(size)) reasons.push(`a ${size} update is for people`);
  if (NEVER.includes(asked.packageEcosystem) || !asked.ecosystems.includes(asked.packageEcosystem))
    reasons.push(`updates of ${asked.packageEcosystem} are for people`);
  if (asked.maintainerChanges) reasons.push("who maintains the package has changed");
  if (requiredChecks.length === 0)
    reasons.push(`${pull.base.ref} requires no check: GitHub would merge at once, whatever the tests say`);
  if (asked.cooldownDays > 0 && (cooldownDays ?? 0) < asked.cooldownDays)
    reasons.push(
      `.github/dependabot.yml holds such updates back for ${cooldownDays ?? 0} days, and not for ${asked.cooldownDays}`,
    );
  return { merge: reasons.length === 0, reasons };
}

/** Whether it is a pull request of Dependabot that somebody else has added to. Pure. */
export function isAddedTo(pull: PullRequest, { commits }: Pick<Facts, "commits">): boolean {
  return pull.user.id === DEPENDABOT && !commits.every(isDependabots);
}

function isDependabots({ author, committer, signed }: Commit): boolean {
  return signed && author === DEPENDABOT && (committer === DEPENDABOT || committer === WEB_FLOW);
}

function sizeOf(updateType: string): Size | undefined {
  const [, size] = /^version-update:semver-(patch|minor)$/.exec(updateType) ?? [];
  return size as Size | undefined;
}
