import type { Pattern } from "./pattern.ts";
import type { Work } from "./work.ts";

// The defaults of action.yml, which few packages have all of.
const COMMON = new Set(["latest", "production", "staging", "v*"]);

/** What was given and stands for nothing: more often a slip of the pen than meant. */
export function unusedRules(works: readonly Work[]): string[] {
  if (works.length === 0) return [];
  const patterns = new Map<Pattern, { input: string; used: boolean }>();
  const digests = new Map<string, boolean>();
  for (const { rules, facts } of works) {
    const entries: [string, readonly Pattern[]][] = [
      ["keep-tags", rules.keepTags],
      ["delete-tags", rules.deleteTags],
    ];
    for (const [input, list] of entries) {
      for (const pattern of list) {
        const entry = patterns.get(pattern) ?? { input, used: false };
        entry.used ||= facts.versions.some(({ tags }) => tags.some((tag) => pattern.matches(tag)));
        patterns.set(pattern, entry);
      }
    }
    const listed = new Set(facts.versions.map(({ digest }) => digest));
    for (const digest of rules.protectDigests)
      digests.set(digest, digests.get(digest) === true || listed.has(digest));
  }
  return [
    ...[...patterns]
      .filter(([{ source }, { input, used }]) => !used && !(input === "keep-tags" && COMMON.has(source)))
      .map(([{ source }, { input }]) => `${input}: ${source} matches no tag.`),
    ...[...digests]
      .filter(([, listed]) => !listed)
      .map(([digest]) => `protect-digests: ${digest} is in no package.`),
  ];
}
