import {
  code,
  codeBlock,
  details,
  heading,
  paragraph,
  plain,
  table,
} from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { bytesOf } from "./bytes-of.ts";
import { restoreCall } from "./package-report.ts";
import { deleteText, formatBytes, keepText, short } from "./reason-text.ts";
import {
  type Counts,
  type Deleted,
  deletionsOf,
  type PackageResult,
  type Results,
  untagsOf,
} from "./result.ts";
import type { Version } from "./version.ts";

// Longer tables are no longer read; the report has everything.
const LONGEST_TABLE = 50;
const MARKS: Readonly<Record<string, string>> = { failed: "❌", incomplete: "⏳", planned: "📝" };
const TITLES: Readonly<Record<string, string>> = {
  cleaned: "Container images cleaned up",
  nothing: "No container image to delete",
  planned: "Container images that would be deleted",
  incomplete: "Container images cleaned up in part",
  failed: "Container images not cleaned up",
};

/** The job summary: the verdict, and each package with what goes, what stays and why. Pure. */
export function summaryOf(results: Results, counts: Counts, result: string): string[] {
  const would = results.dryRun ? "would be deleted" : "deleted";
  const parts = [
    `${number(counts.deleted)} ${would}`,
    `${number(counts.kept)} stay`,
    counts.untagged > 0
      ? `${number(counts.untagged)} tags ${results.dryRun ? "would be " : ""}taken away`
      : "",
    counts.saved > 0 ? `${number(counts.saved)} saved because something changed` : "",
    counts.failed > 0 ? `${number(counts.failed)} could not be deleted` : "",
    counts.remaining > 0 ? `${number(counts.remaining)} left to the next run` : "",
  ].filter((part) => part !== "");
  const { github, registry } = results.calls;
  return [
    heading(3, `${MARKS[result] ?? "✅"} ${TITLES[result] ?? result}`),
    paragraph(
      plain(
        `${parts.join(", ")}; ${number(github)} calls to GitHub and ${number(registry)} to the registry in ${formatDuration(results.durationMs)}.`,
      ),
    ),
    ...results.packages.flatMap((each) => packageSections(each, results.dryRun)),
  ];
}

function packageSections(each: PackageResult, dryRun: boolean): string[] {
  const { work, done, name } = each;
  if (work === undefined) return [heading(4, name), paragraph(plain("Not looked at: see the error."))];
  const deletions = deletionsOf(each);
  const tagged = work.plan.keep.filter(({ version }) => version.tags.length > 0);
  const bytes = bytesOf(each);
  const sections = [heading(4, name), countTable(each, bytes)];
  if (done?.stopped !== undefined) sections.push(paragraph(plain(`Stopped: ${done.stopped}.`)));
  const gone = deletions.toSorted((a, b) => Number(isTagged(b)) - Number(isTagged(a)));
  if (gone.length > 0) {
    sections.push(
      details(
        `${dryRun ? "Would be deleted" : "Planned deletions"} (${number(gone.length)})`,
        deletedTable(gone),
      ),
    );
  }
  const untags = untagsOf(each);
  if (untags.length > 0) {
    const rows = untags.slice(0, LONGEST_TABLE).map(({ untag: { version }, tag, fate }) => {
      return [code(tag), code(short(version.digest)), plain(fate.why ?? fate.state)];
    });
    const columns = [{ title: "Tag" }, { title: "Image" }, { title: "State" }];
    const title = dryRun ? "Tags that would be taken away" : "Tags to take away";
    sections.push(
      details(`${title} (${number(untags.length)})`, withMore(table({ columns, rows }), untags.length)),
    );
  }
  if (tagged.length > 0) {
    const rows = tagged
      .slice(0, LONGEST_TABLE)
      .map(({ version, reason }) => [...versionCells(version), plain(keepText(reason))]);
    const columns = [{ title: "Tags" }, { title: "Version" }, { title: "Why it stays" }];
    sections.push(
      details(
        `Tagged versions that stay (${number(tagged.length)})`,
        withMore(table({ columns, rows }), tagged.length),
      ),
    );
  }
  sections.push(...restoreSection(each, deletions));
  return sections;
}

function countTable({ work, done }: PackageResult, bytes: number | undefined): string {
  const reasons = new Map<string, number>();
  const count = (what: string): void => void reasons.set(what, (reasons.get(what) ?? 0) + 1);
  for (const { reason } of work?.plan.keep ?? []) count(`stays\u0000${general(keepText(reason))}`);
  for (const { reason } of work?.plan.delete ?? []) count(`goes\u0000${general(deleteText(reason))}`);
  for (const { fate } of done?.deletions ?? []) {
    if (fate.state !== "deleted") count(`of these\u0000${fate.state}`);
  }
  const rows = [...reasons].sort().map(([key, versions]) => {
    const [what = "", why = ""] = key.split("\u0000");
    return [plain(what), plain(why), number(versions)];
  });
  rows.push([
    plain("bytes freed"),
    "",
    bytes === undefined ? plain("not counted") : plain(formatBytes(bytes)),
  ]);
  return table({ columns: [{ title: "" }, { title: "Why" }, { title: "Versions", align: "right" }], rows });
}

/** A reason without the digest in it, so that it can be counted. */
function general(reason: string): string {
  return reason.replace(/sha\d+:[0-9a-f]+/, "another");
}

function deletedTable(deletions: readonly Deleted[]): string {
  const rows = deletions.slice(0, LONGEST_TABLE).map(({ deletion: { version, reason }, fate }) => {
    const state = fate.state === "planned" || fate.state === "deleted" ? "" : `${fate.state}: `;
    const why = "why" in fate ? fate.why : deleteText(reason);
    return [...versionCells(version), plain(`${state}${why}`)];
  });
  const columns = [{ title: "Tags" }, { title: "Version" }, { title: "Why" }];
  return withMore(table({ columns, rows }), deletions.length);
}

function restoreSection({ path }: PackageResult, deletions: readonly Deleted[]): string[] {
  // What was gone already may be ours: an answer of GitHub's can be lost.
  const gone = deletions.filter(({ fate }) => fate.state === "deleted" || fate.state === "gone");
  if (gone.length === 0) return [];
  const calls = gone.slice(0, LONGEST_TABLE).map(({ deletion }) => {
    return `gh api --method ${restoreCall(path, deletion.version)}`;
  });
  const text = "For 30 days GitHub brings a version back. An image needs its parts: restore those too.";
  return [
    details(
      "How to restore",
      withMore(`${plain(text)}\n\n${codeBlock(calls.join("\n"), "sh")}`, gone.length),
    ),
  ];
}

function withMore(markdown: string, all: number): string {
  if (all <= LONGEST_TABLE) return markdown;
  return `${markdown}\n\n${plain(`${number(all - LONGEST_TABLE)} more are in the JSON report.`)}`;
}

function versionCells({ tags, digest }: Version): [string, string] {
  return [tags.map(code).join(" "), code(short(digest))];
}

function isTagged({ deletion }: Deleted): boolean {
  return deletion.version.tags.length > 0;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
