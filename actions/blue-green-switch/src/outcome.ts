import type { Outcome } from "../../../shared/runtime/outcome.ts";
import type { HostRun } from "./follow.ts";
import type { HostStatus } from "./status.ts";
import { deploySummary, leftOver, statusSummary, type Told } from "./summary.ts";
import { timelineOf } from "./timeline.ts";
import { failureOf, type Result, resultOf } from "./verdict.ts";

/** Everything the user sees of a deploy, a rollback or a repair. Pure. */
export function deployOutcome(
  told: Told,
  runs: readonly HostRun[],
  before: readonly HostStatus[],
  warnings: readonly string[],
): Outcome {
  const failures = runs.flatMap((run) => failureOf(run) ?? []);
  const said = resultOf(runs);
  const planned = runs.every(({ end }) => end?.result === "planned");
  const result: Result = planned ? "planned" : failures.length > 0 && said === "deployed" ? "error" : said;
  const [first] = runs;
  const end = first?.end;
  // What served before serves still, as long as nothing has begun to switch.
  const known = first?.events.some(({ phase }) => phase === "switching") ? undefined : before[0];
  return {
    result,
    failures,
    annotations: warnings.map((message) => ({ level: "warning", title: "blue-green-switch", message })),
    outputs: {
      active: end?.active ?? known?.active ?? "",
      release: end?.release ?? known?.release ?? "",
      previous: end?.previousRelease ?? known?.["previous-release"] ?? "",
      phase: lastPhase(first),
      "downtime-ms": Math.max(0, ...runs.map((run) => run.end?.downtimeMs ?? 0)),
      digests: digestsOf(before, end?.digest),
    },
    summary: deploySummary(result, told, runs, before),
    details: {
      app: told.app,
      hosts: runs.map(({ host, deploy, events, end: hostEnd, lost }, index) => ({
        host: host.name,
        deploy,
        before: statusOf(before[index]),
        end: hostEnd,
        lost: lost?.why,
        phases: timelineOf(events),
      })),
    },
  };
}

/** Everything the user sees of `operation: status`. Pure. */
export function statusOutcome(
  told: Told,
  hosts: readonly { readonly name: string; readonly status: HostStatus }[],
): Outcome {
  const statuses = hosts.map(({ status }) => status);
  const [first] = statuses;
  const warnings = hosts.flatMap(({ name, status }) => {
    const left = leftOver(status);
    return left === "nothing" ? [] : [`${name}: ${left}. The operation repair brings it in order.`];
  });
  return {
    result: "reported",
    failures: [],
    annotations: warnings.map((message) => ({ level: "warning", title: "blue-green-switch", message })),
    outputs: {
      active: first?.active ?? "",
      release: first?.release ?? "",
      previous: first?.["previous-release"] ?? "",
      phase: first?.phase ?? "",
      "downtime-ms": 0,
      digests: digestsOf(statuses),
    },
    summary: statusSummary("reported", told, hosts),
    details: {
      app: told.app,
      hosts: hosts.map(({ name, status }) => ({ host: name, before: statusOf(status) })),
    },
  };
}

function lastPhase(run: HostRun | undefined): string {
  const phases = (run?.events ?? []).map(({ phase }) => phase).filter((phase) => phase !== "end");
  return phases.at(-1) ?? "";
}

/** What runs, what a rollback needs, and what has just come. */
function digestsOf(statuses: readonly HostStatus[], now?: string): string {
  const all = statuses.flatMap((status) => [status.digest, status["previous-digest"]]);
  return [...new Set([...all, now ?? ""])].filter((digest) => digest !== "").join("\n");
}

function statusOf(status: HostStatus | undefined) {
  if (status === undefined) return undefined;
  return {
    active: status.active,
    release: status.release,
    digest: status.digest,
    since: status.since,
    previousRelease: status["previous-release"],
    previousDigest: status["previous-digest"],
    releases: status.releases.split(" ").filter((name) => name !== ""),
    bad: status.bad.split(" ").filter((name) => name !== ""),
    leftOver: leftOver(status),
  };
}
