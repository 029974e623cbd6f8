import { GitHubError } from "../../../shared/github/client.ts";
import { LimitReached } from "../../../shared/github/paced-client.ts";
import type { Annotation } from "../../../shared/runtime/annotations.ts";
import { type Failure, failuresOf, type Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { totalBytes } from "./bytes-of.ts";
import { packageReport } from "./package-report.ts";
import { type Counts, countAll, deletionsOf, type PackageResult, type Results } from "./result.ts";
import { summaryOf } from "./summary.ts";

const NAME = "ghcr-cleanup";

/** Everything the user sees of a finished run, out of its results. Pure. */
export function outcomeOf(results: Results): Outcome {
  const counts = countAll(results);
  const failures = results.packages.flatMap(failuresOfPackage);
  const result = verdict(results, counts, failures.length > 0);
  const bytes = totalBytes(results.packages);
  const { deleted, kept, failed, remaining } = counts;
  return {
    result,
    failures,
    annotations: [...results.warnings, ...results.packages.flatMap(warningsOfPackage)].map(warning),
    outputs: { deleted, kept, failed, "bytes-freed": bytes ?? "", remaining },
    summary: summaryOf(results, counts, result),
    details: {
      owner: results.owner.login,
      dryRun: results.dryRun,
      counts,
      bytesFreed: bytes ?? null,
      calls: results.calls,
      packages: results.packages.map(packageReport),
    },
  };
}

function verdict({ dryRun }: Results, counts: Counts, failed: boolean): string {
  if (failed) return "failed";
  if (counts.deleted + counts.untagged + counts.remaining + counts.failed === 0) return "nothing";
  if (dryRun) return "planned";
  return counts.remaining > 0 ? "incomplete" : "cleaned";
}

/** An error of the network as one that the user understands. */
export function asUserError(error: unknown, what: string): unknown {
  if (error instanceof GitHubError) {
    return new UserError(`${what}: GitHub did not do it (${error.message}).`, {
      hint: "See https://www.githubstatus.com, and run it again; the next run goes on where this one stopped.",
      cause: error,
    });
  }
  if (error instanceof LimitReached) {
    const time = new Date(error.resetAt).toISOString();
    return new UserError(`${what}: GitHub's rate limit is reached until ${time}.`, {
      hint: "Nothing of it was deleted. Run it later, with a longer 'timeout', or with a token that has more calls; 'manifest-cache' saves the next run most of its reads.",
      cause: error,
    });
  }
  return error;
}

function failuresOfPackage(each: PackageResult): Failure[] {
  const { name, done } = each;
  const cause = done?.failure ?? each.failure;
  const found = cause === undefined ? [] : failuresOf(NAME, asUserError(cause, `package ${name}`));
  const failed = deletionsOf(each).flatMap(({ fate }) => (fate.state === "failed" ? [fate.why] : []));
  if (failed.length > 0 && cause === undefined) {
    found.push({
      title: NAME,
      message: `package ${name}: ${failed.length} versions could not be deleted: ${failed[0]}.`,
      hint: "The report names each. Run it again.",
    });
  }
  const untags = done?.untags.filter(({ fate }) => fate.state === "failed") ?? [];
  const denied = untags.find(({ fate }) => fate.denied === true);
  const [first] = untags;
  if (denied === undefined && first !== undefined) {
    found.push({
      title: NAME,
      message: `package ${name}: ${untags.length} tags could not be taken away: ${first.tag}, ${first.fate.why ?? ""}.`,
      hint: "The report names each. Run it again.",
    });
  }
  if (denied !== undefined) {
    found.push({
      title: NAME,
      message: `package ${name}: the tag ${denied.tag} could not be taken away: ${denied.fate.why ?? ""}.`,
      hint: "Taking one of several tags needs the right to push: 'packages: write' for GITHUB_TOKEN, write:packages for a classic token.",
    });
  }
  return found;
}

function warningsOfPackage(each: PackageResult): string[] {
  const { name, done } = each;
  const refused = deletionsOf(each).flatMap(({ fate }) => (fate.state === "refused" ? [fate.why] : []));
  const untags =
    done?.untags.filter(({ fate: { state, why } }) => state === "left" && why !== undefined) ?? [];
  const left = done?.deletions.filter(({ fate }) => fate.state === "left").length ?? 0;
  return [
    ...(refused.length === 0
      ? []
      : [
          `package ${name}: GitHub does not delete ${refused.length} of the versions (${refused[0]}). They stay.`,
        ]),
    ...untags.map(
      ({ tag, fate }) => `package ${name}: tag ${tag}: ${fate.why ?? "it could not be taken away"}.`,
    ),
    ...(done?.stopped === undefined
      ? []
      : [`package ${name}: ${done.stopped}. ${left} versions are left to the next run.`]),
  ];
}

function warning(message: string): Annotation {
  return { level: "warning", title: NAME, message };
}
