import type { Rules } from "../../actions/ghcr-cleanup/src/rules.ts";
import type { Version } from "../../actions/ghcr-cleanup/src/version.ts";
import type { RandomPackage } from "./random-package.ts";

// The rules once more, as slowly and plainly as they can be said: sets of versions, and loops until nothing changes.

const COMPANION = /^sha256-([0-9a-f]{64})(?:[.-].*)?$/;

const namesOf = ({ tags }: Version) => tags.filter((tag) => !COMPANION.test(tag));

function manifestOf({ manifests }: RandomPackage, { digest }: Version) {
  const manifest = manifests.get(digest);
  if (manifest === undefined || !("children" in manifest))
    throw new Error("the oracle has to know every manifest");
  return manifest;
}

/** What a version names as the one that it is about. */
function subjectsOf(one: RandomPackage, version: Version): Set<string> {
  const { subject } = manifestOf(one, version);
  const named = version.tags.flatMap((tag) => {
    const hex = COMPANION.exec(tag)?.[1];
    return hex === undefined ? [] : [`sha256:${hex}`];
  });
  return new Set(
    [...(subject === undefined ? [] : [subject]), ...named].filter((each) => each !== version.digest),
  );
}

const childrenOf = (one: RandomPackage, version: Version) =>
  new Set(manifestOf(one, version).children.map(({ digest }) => digest));

/** Whether `from` needs `to`, or drags it along: its child or something about it. */
function below(one: RandomPackage, from: Version, to: Version): boolean {
  return childrenOf(one, from).has(to.digest) || subjectsOf(one, to).has(from.digest);
}

/** Everything that must stay when these stay: by any road, in any number of steps. */
export function needed(one: RandomPackage, start: ReadonlySet<Version>): Set<Version> {
  const found = new Set(start);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const from of [...found]) {
      for (const to of one.versions) {
        if (below(one, from, to) || subjectsOf(one, from).has(to.digest)) found.add(to);
      }
    }
  }
  return found;
}

/** What would go by the rules, before GitHub's own rule that a last version stays. */
export function goes(one: RandomPackage, rules: Rules, now: number): Set<Version> {
  const { versions } = one;
  const kept = needed(one, ownRight(one, rules, now));
  if (!rules.deleteUntagged) {
    const along = new Set(versions.filter((version) => namesOf(version).length > 0 && !kept.has(version)));
    for (let before = -1; before !== along.size; ) {
      before = along.size;
      for (const from of [...along])
        for (const to of versions) if (!kept.has(to) && below(one, from, to)) along.add(to);
    }
    for (const version of versions)
      if (namesOf(version).length === 0 && !along.has(version)) kept.add(version);
  }
  const stays = needed(one, kept);
  return new Set(versions.filter((version) => !stays.has(version)));
}

function ownRight(one: RandomPackage, rules: Rules, now: number): Set<Version> {
  const { versions } = one;
  const time = (version: Version) => (rules.by === "created" ? version.createdAt : version.updatedAt);
  const newest = (some: readonly Version[], count: number) =>
    new Set(some.toSorted((a, b) => (time(b) ?? 0) - (time(a) ?? 0) || b.id - a.id).slice(0, count));
  const selected = (tag: string) => rules.deleteTags.some((pattern) => pattern.matches(tag));
  const keepTag = (tag: string) => rules.keepTags.some((pattern) => pattern.matches(tag));

  const isImage = (version: Version) =>
    namesOf(version).length > 0 && manifestOf(one, version).subject === undefined;
  const partOfAnother = (version: Version) => {
    let above = new Set(versions.filter((other) => childrenOf(one, other).has(version.digest)));
    for (let depth = 0; depth < versions.length; depth += 1) {
      if ([...above].some(isImage)) return true;
      above = new Set(
        versions.filter((other) => [...above].some((each) => childrenOf(one, other).has(each.digest))),
      );
    }
    return false;
  };
  const counted = versions.filter(
    (version) =>
      isImage(version) &&
      !partOfAnother(version) &&
      (rules.deleteTags.length === 0 || namesOf(version).some((tag) => selected(tag) && !keepTag(tag))),
  );
  const lastImages = newest(counted, rules.keepLast);
  const loose = versions.filter(
    (version) =>
      version.tags.length === 0 &&
      subjectsOf(one, version).size === 0 &&
      !versions.some((other) => childrenOf(one, other).has(version.digest)),
  );
  const lastLoose = newest(loose, rules.keepUntagged);
  const companions = versions.filter(
    (version) => namesOf(version).length === 0 && subjectsOf(one, version).size > 0,
  );
  const isHere = (digest: string) => versions.some((other) => other.digest === digest);
  const subjectHere = (version: Version) => [...subjectsOf(one, version)].some(isHere);
  const allElsewhere = companions.every((version) => !subjectHere(version));

  const stays = (version: Version): boolean => {
    const names = namesOf(version);
    if (rules.protectDigests.has(version.digest)) return true;
    if (version.tags.some(keepTag)) return true;
    if (names.length > 0) {
      const going = rules.deleteTags.length === 0 ? names : names.filter(selected);
      return (
        going.length < names.length ||
        now - (time(version) ?? now) < rules.olderThan ||
        lastImages.has(version)
      );
    }
    const touched = Math.max(version.createdAt ?? now, version.updatedAt ?? now);
    if (now - touched < rules.minAge || lastLoose.has(version)) return true;
    return allElsewhere && companions.includes(version);
  };
  return new Set(versions.filter(stays));
}
