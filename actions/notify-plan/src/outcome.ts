import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { chatsFor } from "./channels.ts";
import type { Inputs } from "./inputs.ts";
import type { Judged } from "./judge.ts";
import { gravest } from "./severity.ts";

const NAME = "notify-plan";
const NOBODY = "There is something to tell, and `channels` names nobody.";

/** Everything that comes out of the decision. Pure. */
export function outcomeOf(
  checks: readonly Judged[],
  { channels, subject }: Pick<Inputs, "channels" | "subject">,
  remarks: readonly string[],
): Outcome {
  const told = checks.filter(({ tell }) => tell);
  const failing = checks.filter(({ result }) => result !== "success");
  const severity = gravest(told.map((check) => check.severity));
  const chats = severity === undefined ? [] : chatsFor(channels, severity);
  const title = titleOf(subject, told);
  return {
    result: told.length === 0 ? "quiet" : "tell",
    failures: [],
    annotations: [...remarks, ...(told.length > 0 && channels.length === 0 ? [NOBODY] : [])].map(
      (message): Annotation => ({ level: "warning", title: NAME, message }),
    ),
    outputs: {
      chats: chats.join(","),
      status:
        told.length === 0 ? "" : told.some(({ result }) => result !== "success") ? "failure" : "success",
      severity: severity ?? "",
      title,
      fields: JSON.stringify(fieldsOf(told, failing)),
      failing: failing.map(({ job }) => job).join(","),
    },
    summary: summaryOf(checks, title),
    details: { checks, chats, remarks },
  };
}

/** `Database: backup failed; drift works again`. */
function titleOf(subject: string, told: readonly Judged[]): string {
  const words: readonly (readonly [string, (check: Judged) => boolean])[] = [
    ["failed", ({ result, transition }) => result === "failure" && ["new", "unknown"].includes(transition)],
    ["did not finish", ({ result, transition }) => result === "cancelled" && transition !== "reminder"],
    ["fails otherwise", ({ result, transition }) => result === "failure" && transition === "changed"],
    ["still fails", ({ transition }) => transition === "reminder"],
    ["works again", ({ transition }) => transition === "recovered"],
  ];
  const parts = words.flatMap(([verb, fits]) => {
    const names = told.filter(fits).map(({ job }) => job);
    return names.length === 0 ? [] : [`${listed(names)} ${names.length === 1 ? verb : plural(verb)}`];
  });
  return parts.length === 0 ? "" : `${subject}: ${parts.join("; ")}`;
}

function plural(verb: string): string {
  return verb.replace("works", "work").replace("fails", "fail");
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** What else fails stands beside what is told, so that nobody takes silence about it for health. */
function fieldsOf(told: readonly Judged[], failing: readonly Judged[]): Record<string, string> {
  const all = [...told, ...failing.filter((check) => !told.includes(check))];
  return Object.fromEntries(all.map((check) => [check.job, sentenceOf(check)]));
}

function sentenceOf({ result, transition, severity, since, detail }: Judged): string {
  const state = result === "success" ? "works again" : `${severity}, ${WORDS[result]}`;
  const old = ["still", "reminder", "changed"].includes(transition) && since !== undefined;
  const when = old ? ` since ${new Date(since).toISOString().slice(0, 10)}` : "";
  return `${state}${when}${detail === "" ? "" : `. ${detail}`}`;
}

const WORDS = { failure: "failing", cancelled: "cancelled, or out of time" } as const;
const SIGNS = { success: "✅", failure: "❌", cancelled: "⏹️" } as const;

function summaryOf(checks: readonly Judged[], title: string): string[] {
  if (checks.length === 0) return [paragraph("No check was due.")];
  const rows = checks.map(({ job, result, severity, transition, tell, detail }) => [
    `${SIGNS[result]} ${plain(job)}`,
    result === "success" ? "" : severity,
    transition,
    tell ? "told" : "",
    plain(detail),
  ]);
  return [
    heading(3, title === "" ? "🔕 Nothing to tell" : `🔔 ${title}`),
    table({
      columns: ["Check", "Severity", "Since the last time", "", ""].map((name) => ({ title: name })),
      rows,
    }),
  ];
}
