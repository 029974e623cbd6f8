import {
  type Column,
  code,
  details,
  heading,
  link,
  paragraph,
  plain,
  table,
} from "../../../shared/runtime/summary.ts";
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
  const alone = runs.length === 1;
  const columns: Column[] = [
    { title: "Host" },
    { title: "Before" },
    { title: "Now" },
    { title: "Without an answer", align: "right" },
  ];
  return [
    heading(3, short(`${SIGNS[result]} ${verdict(result, told, runs)}`)),
    table({
      columns: alone ? columns : [...columns, { title: "What happened" }],
      rows: runs.map((run, index) => [
        ...hostRow(run, before[index]),
        ...(alone ? [] : [plain(short(happened(run)))]),
      ]),
    }),
    paragraph(`${alone ? runs.map((run) => plain(short(happened(run)))).join("") : ""} By ${who}.`),
    ...runs.flatMap((run) => course(run, alone)),
  ];
}

function hostRow({ host, end }: HostRun, before: HostStatus | undefined): string[] {
  return [
    plain(host.name),
    before === undefined ? "" : placed(before.release, before.active, before.digest),
    end === undefined ? "" : placed(end.release, end.active, end.digest),
    end === undefined ? "" : took(end.downtimeMs),
  ];
}

function happened({ end, lost, waiting, events }: HostRun): string {
  if (end !== undefined) return end.text;
  if (lost !== undefined) return `${lost.why}.`;
  if (waiting !== undefined) return `It waits for the word to ${waiting}.`;
  return events.length === 0 ? "It was not begun." : "Its end was not seen.";
}

const COMMIT_LENGTH = 7;

/** Commits are as long as GitHub shows them; the log has them in full. */
function short(text: string): string {
  return text.replace(/\b[0-9a-f]{40}\b/g, (commit) => commit.slice(0, COMMIT_LENGTH));
}

/** A duration that is not broken over two lines. */
function took(ms: number): string {
  return formatDuration(ms).replaceAll(" ", "&nbsp;");
}

// Enough of a digest to tell two apart.
const DIGEST_LENGTH = 12;

function placed(release: string, color: string, digest: string): string {
  if (release === "") return "nothing";
  const [, hash = ""] = /sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  const image = hash === "" ? "" : `, image ${code(hash.slice(0, DIGEST_LENGTH))}`;
  return `${code(short(release))} on ${plain(color)}${image}`;
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
    rows: troubles.map(({ ms, phase, text }) => [at(ms), plain(phase), plain(short(text))]),
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
    if (phase === "end") return [at(start), plain(phase), "", "", plain(short(text))];
    const bar = `${"░".repeat(begin)}${"█".repeat(end - begin)}${"░".repeat(BAR - end)}`;
    return [at(start), plain(phase), code(bar), took(ms), plain(short(text))];
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
  return `${(ms / 1_000).toFixed(1)}&nbsp;s`;
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
        status["previous-release"] === "" ? "nothing" : code(short(status["previous-release"])),
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
