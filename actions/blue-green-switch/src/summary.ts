import { code, details, heading, link, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { HostRun } from "./follow.ts";
import type { Operation } from "./inputs.ts";
import type { HostStatus } from "./status.ts";
import { type Phase, timelineOf } from "./timeline.ts";
import type { Result } from "./verdict.ts";

export type Told = {
  readonly app: string;
  readonly release: string;
  readonly actor: string;
  readonly runUrl: string;
  readonly operation: Operation;
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

const WORDS: Readonly<Record<Result, (release: string) => string>> = {
  deployed: (release) => `${release} is live`,
  unchanged: () => "nothing to do",
  reported: () => "what is live",
  held: (release) => `${release} is up and waits for the switch`,
  planned: (release) => `what a deploy of ${release} would do`,
  aborted: (release) => `${release} was not switched to`,
  "rolled-back": (release) => `${release} was taken back`,
  error: (release) => `look at the host (${release})`,
};

/** The verdict in a line, about the release that it is really about: who rolls back need not have named it. */
function verdict(result: Result, told: Told, runs: readonly HostRun[]): string {
  const [end] = runs.map((run) => run.end);
  const fine = result === "deployed" || result === "unchanged";
  switch (told.operation) {
    case "deploy":
      return `${told.app}: ${WORDS[result](told.release)}`;
    case "rollback":
      return `${told.app}: ${fine ? `rolled back, ${end?.release ?? told.release} is live` : WORDS[result](told.release)}`;
    default:
      return `${told.app}: ${(fine ? end?.text : undefined)?.replace(/\.$/, "") ?? `${told.operation} did not succeed`}`;
  }
}

/** The job summary of a deploy, a rollback, a repair or maintenance. Pure. */
export function deploySummary(
  result: Result,
  told: Told,
  runs: readonly HostRun[],
  before: readonly HostStatus[],
): string[] {
  const who = told.runUrl === "" ? plain(told.actor) : `${plain(told.actor)}, ${link("run", told.runUrl)}`;
  return [
    heading(3, `${SIGNS[result]} ${verdict(result, told, runs)}`),
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
    ...runs.flatMap((run) => course(run, runs.length === 1)),
  ];
}

function hostRow({ host, end, lost, waiting, events }: HostRun, before: HostStatus | undefined): string[] {
  const now = end === undefined ? "" : placed(end.release, end.active, end.digest);
  const downtime = end === undefined ? "" : formatDuration(end.downtimeMs);
  const unseen = events.length === 0 ? "not begun" : "its end was not seen";
  const happened =
    end?.text ?? lost?.why ?? (waiting === undefined ? unseen : `waits for the word to ${waiting}`);
  return [
    plain(host.name),
    before === undefined ? "" : placed(before.release, before.active, before.digest),
    now,
    downtime,
    plain(happened),
  ];
}

// Enough of a digest to tell two apart.
const DIGEST_LENGTH = 12;

function placed(release: string, color: string, digest: string): string {
  if (release === "") return "nothing";
  const [, hash = ""] = /sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  const image = hash === "" ? "" : `, image ${code(hash.slice(0, DIGEST_LENGTH))}`;
  return `${code(release)} on ${plain(color)}${image}`;
}

/** What happened on a host: the phases in their order, and what went wrong in them. */
function course(run: HostRun, alone: boolean): string[] {
  const phases = timelineOf(run.events);
  if (phases.length === 0) return [];
  const drawn = timeline(phases);
  const troubles = run.events.filter(
    ({ level, phase }) => (level === "warning" || level === "error") && phase !== "end",
  );
  const told = table({
    columns: [{ title: "At", align: "right" }, { title: "Phase" }, { title: "Warnings and errors" }],
    rows: troubles.map(({ ms, phase, text }) => [at(ms), plain(phase), plain(text)]),
  });
  const parts = troubles.length === 0 ? [drawn] : [drawn, told];
  return alone ? parts : [details(run.host.name, parts.join("\n\n"))];
}

const BAR = 24;

/** Each phase with a bar where it lies within the whole. */
function timeline(phases: readonly Phase[]): string {
  const whole = phases.reduce((sum, { ms }) => sum + ms, 0);
  const place = (ms: number): number => (whole === 0 ? 0 : Math.round((ms / whole) * BAR));
  let from = 0;
  const rows = phases.map(({ phase, ms, text }) => {
    const [begin, end] = [place(from), place(from + ms)];
    const start = from;
    from += ms;
    if (phase === "end") return [at(start), plain(phase), "", "", plain(text)];
    const bar = `${"░".repeat(begin)}${"█".repeat(end - begin)}${"░".repeat(BAR - end)}`;
    return [at(start), plain(phase), code(bar), formatDuration(ms), plain(text)];
  });
  return table({
    columns: [
      { title: "At", align: "right" },
      { title: "Phase" },
      { title: "" },
      { title: "Took", align: "right" },
      { title: "What was said last" },
    ],
    rows,
  });
}

/** A place in time, in seconds. */
function at(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** The job summary of what is live. Pure. */
export function statusSummary(
  result: Result,
  told: Told,
  hosts: readonly { readonly name: string; readonly status: HostStatus }[],
): string[] {
  return [
    heading(3, `${SIGNS[result]} ${told.app}: ${WORDS[result](told.release)}`),
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
        placed(status.release, status.active, status.digest),
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
