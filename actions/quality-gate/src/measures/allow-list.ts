import type { Where } from "../../../../shared/runtime/user-error.ts";
import type { Finding } from "./finding.ts";

/** A finding that somebody has decided to live with for a while. */
export type AllowEntry = {
  readonly id: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day on which it holds, `2026-12-31`, by UTC. */
  readonly expires: string;
  readonly package?: string;
  readonly file?: string;
  readonly where: Where;
};

export type AllowUse = AllowEntry & {
  /** `too-wide`: the id is there, but it names a rule and not a vulnerability, and the entry names no file. */
  readonly state: "used" | "unused" | "expired" | "too-wide";
  readonly findings: number;
};

/** Which findings the list lets pass, and what became of each entry. One that has expired lets nothing pass. Pure. */
export function useAllowList(
  entries: readonly AllowEntry[],
  findings: readonly Finding[],
  now: number,
): { readonly allowed: ReadonlySet<Finding>; readonly uses: readonly AllowUse[] } {
  const allowed = new Set<Finding>();
  const uses = entries.map((entry): AllowUse => {
    const named = findings.filter((finding) => names(entry, finding));
    const fitting = named.filter((finding) => isNarrow(entry, finding));
    if (now >= Date.parse(entry.expires) + DAY_MS)
      return { ...entry, state: "expired", findings: fitting.length };
    for (const finding of fitting) allowed.add(finding);
    const state = fitting.length > 0 ? "used" : named.length > 0 ? "too-wide" : "unused";
    return { ...entry, state, findings: fitting.length };
  });
  return { allowed, uses };
}

const DAY_MS = 86_400_000;

function names(entry: AllowEntry, finding: Finding): boolean {
  return (
    [finding.id, ...finding.aliases].some((id) => same(id, entry.id)) &&
    (entry.package === undefined || same(entry.package, finding.package)) &&
    (entry.file === undefined || entry.file === finding.file)
  );
}

/**
 * The id of a vulnerability names one thing. That of a rule (B105, generic-api-key) would let everything pass that the
 * rule will ever find: such an entry names the file too, or the finding's own fingerprint.
 */
function isNarrow(entry: AllowEntry, finding: Finding): boolean {
  if (finding.category === "vulnerability" || entry.file !== undefined || entry.package !== undefined)
    return true;
  // Other names of a rule (Trivy's DS002 of AVD-DS-0002) are as wide as its id; a fingerprint is put together with colons.
  return finding.category === "secret" && !same(finding.id, entry.id) && entry.id.includes(":");
}

function same(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}
