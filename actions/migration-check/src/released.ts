import path from "node:path";
import { type Finding, findingOf } from "./finding.ts";
import type { Base } from "./git.ts";
import type { Revision } from "./revision.ts";

/** Which of a tool's files are migrations, when a revision of theirs is gone. */
export type IsMigration = (file: string) => boolean;

/** What was done to migrations that databases out there may have run. Pure. */
export function judgeReleased(
  base: Base,
  revisions: readonly Revision[],
  { isMigration, ordered }: { readonly isMigration: IsMigration; readonly ordered: boolean },
): Finding[] {
  const at = `${base.ref} (${base.commit.slice(0, 12)})`;
  const findings: Finding[] = [];
  const known = new Map(revisions.flatMap((each) => (each.file === undefined ? [] : [[each.file, each]])));
  for (const file of base.edited) {
    const revision = known.get(file);
    if (revision === undefined && !isMigration(file)) continue;
    const id = revision?.id ?? path.basename(file);
    findings.push(
      findingOf("MC-EDITED", {
        revision: id,
        file,
        on: "files",
        what: `It was edited after it was released: its file is not the one at ${at}`,
      }),
    );
  }
  for (const file of base.deleted) {
    if (!isMigration(file)) continue;
    findings.push(
      findingOf("MC-DELETED", {
        revision: path.basename(file),
        on: "files",
        what: `It was deleted after it was released: ${at} has its file`,
      }),
    );
  }
  if (!ordered) return findings;
  const lastReleased = revisions.findLastIndex(({ file }) => file !== undefined && base.files.has(file));
  for (const { id, file } of revisions.slice(0, Math.max(0, lastReleased))) {
    if (file === undefined || base.files.has(file)) continue;
    const newest = revisions[lastReleased]?.id ?? "";
    findings.push(
      findingOf("MC-OUT-OF-ORDER", {
        revision: id,
        file,
        on: "files",
        what: `It is new, and comes before ${newest}, which ${at} has`,
      }),
    );
  }
  return findings;
}
