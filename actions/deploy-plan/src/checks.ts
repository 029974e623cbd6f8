import type { Required } from "./inputs.ts";

/** A check run or a commit status. */
export type Check = {
  readonly name: string;
  readonly state: "green" | "red" | "pending";
  /** GitHub's own word. */
  readonly said: string;
  /** Of this very run, in which `needs` decides the order, or of an earlier deploy, of which the records tell. */
  readonly own: boolean;
  /** The number of the job behind it, where it is one of GitHub Actions. */
  readonly job?: number;
};

/** GitHub's rule for required checks: these three let a pull request be merged (docs: troubleshooting required checks). */
const GREEN = new Set(["success", "neutral", "skipped"]);

/** The state of a check run. */
export function runState(status: string, conclusion: string | null): Check["state"] {
  if (status !== "completed" || conclusion === null) return "pending";
  return GREEN.has(conclusion) ? "green" : "red";
}

/** The state of a commit status. */
export function statusState(state: string): Check["state"] {
  if (state === "pending") return "pending";
  return state === "success" ? "green" : "red";
}

/** What came of the checks: those that stand in the way, those that may yet, and those that never came. */
export type ChecksVerdict = {
  readonly red: readonly Check[];
  readonly pending: readonly Check[];
  readonly missing: readonly string[];
  readonly green: number;
  /** All have to be green, and nothing is, not even a job of this run: nobody has tried the commit. */
  readonly untried: boolean;
};

/**
 * Several checks of one name (a push and a pull request have one each) have to be green all. One that is asked for by its
 * name and was only ever skipped has proved nothing: GitHub skips a job also because one that it needs has failed. Pure.
 */
export function judgeChecks(checks: readonly Check[], required: Required): ChecksVerdict {
  const counted =
    required === "none"
      ? []
      : required === "all"
        ? checks.filter(({ own }) => !own)
        : checks.filter(({ name }) => required.includes(name));
  const names = new Set(counted.map(({ name }) => name));
  const proven = new Set(counted.filter(({ said }) => said !== "skipped").map(({ name }) => name));
  const unproven = ({ name }: Check): boolean => typeof required !== "string" && !proven.has(name);
  return {
    red: counted.filter((check) => check.state === "red" || unproven(check)),
    pending: counted.filter(({ state }) => state === "pending"),
    missing: typeof required === "string" ? [] : required.filter((name) => !names.has(name)),
    green: counted.filter(({ state }) => state === "green").length,
    untried: required === "all" && !checks.some(({ said }) => said === "success"),
  };
}
