import { code, heading, link, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import type { Judged } from "./apply-policy.ts";
import { sentenceOf } from "./outcome.ts";
import { MARKS } from "./summary.ts";

export type IssueFacts = {
  readonly environment: string;
  readonly database: string;
  readonly fingerprint: string;
  /** Without those that are only told. */
  readonly findings: readonly Judged[];
  /** Where the run is to be seen; undefined outside of GitHub. */
  readonly runUrl: string | undefined;
  /** Whether everybody can read the issue. */
  readonly isPublic: boolean;
};

// GitHub takes 65,536 characters.
const MOST_ROWS = 100;
const LONGEST_BODY = 60_000;

/** What tells the issue of this environment from all others. */
export function markerOf(environment: string): string {
  return `<!-- schema-drift environment=${encodeURIComponent(environment)} -->`;
}

/** The fingerprint that an issue was written for. */
export function fingerprintIn(body: string): string | undefined {
  return /<!-- schema-drift fingerprint=([0-9a-f]+) -->/.exec(body)?.[1];
}

export function titleOf({ environment }: Pick<IssueFacts, "environment">): string {
  return `Schema drift in ${environment.replace(/\s+/g, " ")}`;
}

/** The text of the issue. To the public it names nothing that weakens who may do what, only that there is such a thing. */
export function bodyOf(facts: IssueFacts): string {
  const { environment, database, fingerprint, findings, runUrl, isPublic } = facts;
  const shown = isPublic ? findings.filter((finding) => !isSecurity(finding)) : findings;
  const hidden = findings.length - shown.length;
  const run = runUrl === undefined ? "The run" : link("The run", runUrl);
  const head = [
    markerOf(environment),
    `<!-- schema-drift fingerprint=${fingerprint} -->`,
    heading(3, `The schema in ${environment} is not what it should be`),
    paragraph(
      `${plain(`${findings.length} difference${findings.length === 1 ? "" : "s"}`)}${isPublic ? "" : ` in ${code(database)}`}. ${run} has the details, and statements that would bring it back.`,
    ),
  ];
  const rows = shown
    .slice(0, MOST_ROWS)
    .map((finding) => [
      `${MARKS[finding.severity]} ${plain(finding.severity)}`,
      isPublic ? `${plain(finding.kind)} ${code(finding.name)}` : plain(sentenceOf(finding)),
      plain(finding.reason),
      code(finding.code),
    ]);
  const columns = [{ title: "Severity" }, { title: "What" }, { title: "What it means" }, { title: "Code" }];
  const tail = [
    ...(hidden > 0
      ? [
          paragraph(
            plain(
              "There is at least one more that is about who may do what. It is not named here, where everybody can read it.",
            ),
          ),
        ]
      : []),
    paragraph(
      plain(
        "This issue is kept by schema-drift: it is written anew when the differences change, and closed when there are none.",
      ),
    ),
  ];
  // Whole rows are left out until it fits.
  for (let count = rows.length; ; count = Math.floor(count / 2)) {
    const left = shown.length - count;
    const body = [
      ...head,
      ...(count === 0 ? [] : [table({ columns, rows: rows.slice(0, count) })]),
      ...(left > 0 ? [paragraph(plain(`And ${left} more.`))] : []),
      ...tail,
    ].join("\n\n");
    if (body.length <= LONGEST_BODY || count === 0) return body;
  }
}

const ACCESS =
  /-(?:OWNER|GRANT|REVOKE|ROLE|ROW-SECURITY|FORCE-ROW-SECURITY|SECURITY|SECURITY-DEFINER|SEARCH-PATH|LEAKPROOF)$/;
const ACCESS_KINDS: ReadonlySet<string> = new Set([
  "policy",
  "user mapping",
  "default privileges",
  "preset object",
  "setting",
  "server",
]);

/** Whether a finding says something about who may do what. */
export function isSecurity({ kind, remarks }: Pick<Judged, "kind" | "remarks">): boolean {
  if (ACCESS_KINDS.has(kind)) return true;
  return remarks.some(
    ({ direction, code: remark }) => direction === "looser" || direction === "tighter" || ACCESS.test(remark),
  );
}
