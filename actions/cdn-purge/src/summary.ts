import type { Failure } from "../../../shared/runtime/outcome.ts";
import { code, details, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { PurgeRun, Result } from "./outcome.ts";
import { describePurge } from "./words.ts";

const words: Readonly<Record<Result, string>> = {
  purged: "✅ The CDN is purged",
  failed: "❌ The CDN is not purged",
  planned: "📝 The CDN would be purged",
};

const states = {
  open: "⏭️ not begun",
  accepted: "⏳ accepted",
  completed: "✅ done",
  failed: "❌ failed",
} as const;

/** The job summary: the verdict, why, and each purge. Pure. */
export function summaryOf(
  { all, durationMs, dryRun }: PurgeRun,
  result: Result,
  failures: readonly Failure[],
): string[] {
  const items = all.flatMap(({ purge }) => purge.items);
  return [
    heading(3, words[result]),
    ...failures.map(({ message, hint }) => paragraph(`${plain(message)} ${plain(hint ?? "")}`)),
    table({
      columns: [
        { title: "Purge" },
        { title: dryRun ? "" : "Result" },
        { title: dryRun ? "" : "Invalidation" },
      ],
      rows: all.map(({ purge, state, id }) => [
        plain(describePurge(purge)),
        ...(dryRun ? [] : [states[state], id === undefined ? "" : code(id)]),
      ]),
    }),
    ...(items.length === 0 ? [] : [details(`What (${items.length})`, items.map(code).join("<br>"))]),
    ...(dryRun ? [] : [paragraph(`Took ${plain(formatDuration(durationMs))}.`)]),
  ];
}
