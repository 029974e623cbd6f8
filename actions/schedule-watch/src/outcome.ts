import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { heading, plain, table } from "../../../shared/runtime/summary.ts";
import { type Facts, isMissed, type Verdict } from "./judge.ts";

export type Watched = Facts & { readonly verdict: Verdict };

/** Everything that comes out of the verdicts. Pure. */
export function outcomeOf(watched: readonly Watched[]): Outcome {
  const missed = watched.filter(({ verdict }) => isMissed(verdict));
  const named = (fits: (verdict: Verdict) => boolean): string =>
    missed
      .filter(({ verdict }) => fits(verdict))
      .map(({ name }) => name)
      .join(",");
  return {
    result: missed.length === 0 ? "well" : "missed",
    failures: missed.map(failureOf),
    outputs: {
      late: named((verdict) => verdict !== "failing"),
      failing: named((verdict) => verdict === "failing"),
      detail: missed.map((each) => `${each.name} ${WORDS[each.verdict]}.`).join(" "),
    },
    summary: summaryOf(watched, missed.length),
    details: {
      watched: watched.map(({ name, verdict, since }) => ({
        name,
        verdict,
        ...(since === undefined ? {} : { since: dateOf(since) }),
      })),
    },
  };
}

const WORDS: Readonly<Record<Verdict, string>> = {
  well: "is well",
  waiting: "is not due yet",
  late: "has not run",
  failing: "has not succeeded",
  disabled: "is switched off",
  unknown: "is not known to GitHub",
};

const HINTS: Readonly<Partial<Record<Verdict, string>>> = {
  late: "GitHub drops schedules without a word, most at the full hour. Run it by hand, and choose an odd minute for it.",
  failing: "Look at its last run.",
  disabled:
    "GitHub switches schedules off in public repositories where nothing happens for 60 days. Switch it on again: Actions, the workflow, Enable.",
  unknown: "The file has to be on the default branch, and the name of it right.",
};

function failureOf({ name, verdict, since }: Watched): Failure {
  const when = since === undefined || verdict === "disabled" ? "" : ` since ${dateOf(since)}`;
  return {
    title: "schedule-watch",
    message: `${name} ${WORDS[verdict]}${when}.`,
    hint: HINTS[verdict] ?? "",
  };
}

function dateOf(at: number): string {
  return new Date(at).toISOString();
}

const SIGNS: Readonly<Record<Verdict, string>> = {
  ...{ well: "✅", waiting: "⏳", late: "❌", failing: "❌", disabled: "⏸️", unknown: "❓" },
};

function summaryOf(watched: readonly Watched[], missed: number): string[] {
  const rows = watched.map(({ name, verdict, since }) => [
    `${SIGNS[verdict]} ${plain(name)}`,
    plain(WORDS[verdict]),
    since === undefined ? "" : plain(dateOf(since).slice(0, 16).replace("T", " ")),
  ]);
  const title =
    missed === 0 ? "✅ Every schedule has run" : `❌ ${missed} of ${watched.length} schedules were missed`;
  return [
    heading(3, title),
    table({ columns: ["Schedule", "", "Due (UTC)"].map((name) => ({ title: name })), rows }),
  ];
}
