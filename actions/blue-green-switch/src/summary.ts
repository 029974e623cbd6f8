import { code, details, heading, link, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { HostRun } from "./follow.ts";
import type { HostStatus } from "./host.ts";
import { timelineOf } from "./timeline.ts";
import type { Result } from "./verdict.ts";

export type Told = {
  readonly app: string;
  readonly release: string;
  readonly actor: string;
  readonly runUrl: string;
};

const SIGNS: Readonly<Record<Result, string>> = {
  deployed: "✅",
  unchanged: "✅",
  reported: "ℹ️",
  held: "⏸️",
  planned: "📝",
  aborted: "❌",
  "rolled-back": "↩️",
  error: "❌",
};

const WORDS: Readonly<Record<Result, (told: Told) => string>> = {
  deployed: ({ app, release }) => `${app}: ${release} is live`,
  unchanged: ({ app }) => `${app}: nothing to do`,
  reported: ({ app }) => `${app}: what is live`,
  held: ({ app, release }) => `${app}: ${release} is up and waits for the switch`,
  planned: ({ app, release }) => `${app}: what a deploy of ${release} would do`,
  aborted: ({ app, release }) => `${app}: ${release} was not switched to`,
  "rolled-back": ({ app, release }) => `${app}: ${release} was taken back`,
  error: ({ app, release }) => `${app}: look at the host — ${release}`,
};

/** The job summary of a deploy. Pure. */
export function deploySummary(
  result: Result,
  told: Told,
  runs: readonly HostRun[],
  before: readonly HostStatus[],
): string[] {
  const who = told.runUrl === "" ? plain(told.actor) : `${plain(told.actor)}, ${link("run", told.runUrl)}`;
  return [
    heading(3, `${SIGNS[result]} ${WORDS[result](told)}`),
    table({
      columns: [
        { title: "Host" },
        { title: "Before" },
        { title: "Now" },
        { title: "Without an answer", align: "right" },
        { title: "What happened" },
      ],
      rows: runs.map((run, index) => hostRow(run, before[index])),
    }),
    paragraph(`By ${who}.`),
    ...runs.map((run) => timeline(run, runs.length === 1)),
  ];
}

function hostRow({ host, end, lost, waiting }: HostRun, before: HostStatus | undefined): string[] {
  const now = end === undefined ? "" : placed(end.release, end.active);
  const downtime = end === undefined ? "" : formatDuration(end.downtimeMs);
  const happened = end?.text ?? lost ?? (waiting === undefined ? "" : `waits for the word to ${waiting}`);
  return [
    plain(host.name),
    before === undefined ? "" : placed(before.release, before.active),
    now,
    downtime,
    plain(happened),
  ];
}

function placed(release: string, color: string): string {
  return release === "" ? "nothing" : `${code(release)} on ${plain(color)}`;
}

function timeline({ host, events }: HostRun, alone: boolean): string {
  const rows = timelineOf(events).map(({ phase, ms, text }) => [
    plain(phase),
    formatDuration(ms),
    plain(text),
  ]);
  const drawn = table({
    columns: [{ title: "Phase" }, { title: "Took", align: "right" }, { title: "" }],
    rows,
  });
  return alone ? drawn : details(host.name, drawn);
}

/** The job summary of what is live. Pure. */
export function statusSummary(
  result: Result,
  told: Told,
  hosts: readonly { readonly name: string; readonly status: HostStatus }[],
): string[] {
  return [
    heading(3, `${SIGNS[result]} ${WORDS[result](told)}`),
    table({
      columns: [
        { title: "Host" },
        { title: "Serves" },
        { title: "Since" },
        { title: "A rollback brings back" },
        { title: "Left over" },
      ],
      rows: hosts.map(({ name, status }) => [
        plain(name),
        placed(status.release, status.active),
        plain(status.since),
        status["previous-release"] === "" ? "nothing" : code(status["previous-release"]),
        plain(leftOver(status)),
      ]),
    }),
  ];
}

/** What is not as a finished deploy leaves it, in words. */
export function leftOver(status: HostStatus): string {
  const found = [
    status.phase === ""
      ? ""
      : `${status["left-by"]} ${status.holder === "" ? "ended" : "is"} in the phase ${status.phase}`,
    status.phase === "" && status.holder !== "" ? `${status.holder} holds the lock` : "",
    status.router !== "" && status.active !== "" && status.router !== status.active
      ? `the router serves ${status.router}`
      : "",
    status.active !== "" && !status.running.split(" ").includes(status.active)
      ? `${status.active} does not run`
      : "",
    status.phase === "" && status.running.split(" ").length > 1 ? "both colours run" : "",
    status.maintenance === "on" ? "maintenance is on" : "",
  ];
  return found.filter((text) => text !== "").join("; ") || "nothing";
}
