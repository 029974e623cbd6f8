import { isCosignTag } from "./accessory-tag.ts";
import type { Manifests } from "./manifest.ts";
import type { Version } from "./version.ts";

/**
 * The listed versions whose manifests decide something, the tagged ones first, then the newest. Not among them: what
 * is known from an index to be an image for one platform, and what cosign's tag says everything about.
 */
export function decisive(versions: readonly Version[], manifests: Manifests): Version[] {
  const leaves = new Set<string>();
  for (const version of versions) {
    const manifest = manifests.get(version.digest);
    if (manifest === undefined || !("children" in manifest)) continue;
    for (const child of manifest.children) if (child.leaf) leaves.add(child.digest);
  }
  for (const version of versions) {
    const manifest = manifests.get(version.digest);
    if (manifest === undefined || !("children" in manifest)) continue;
    // One index may know of a manifest what another does not say.
    for (const child of manifest.children) if (!child.leaf) leaves.delete(child.digest);
  }
  const tagged = versions.filter(({ tags }) => tags.length > 0 && !tags.every(isCosignTag));
  const untagged = versions.filter(({ tags, digest }) => tags.length === 0 && !leaves.has(digest));
  return [...tagged, ...untagged.sort(newestFirst)];
}

/** The digests that have to be read before anything can be decided. */
export function wanted(versions: readonly Version[], manifests: Manifests): string[] {
  return decisive(versions, manifests).flatMap(({ digest }) => (manifests.has(digest) ? [] : [digest]));
}

function newestFirst(a: Version, b: Version): number {
  const [one, other] = [a.createdAt ?? Number.POSITIVE_INFINITY, b.createdAt ?? Number.POSITIVE_INFINITY];
  return one === other ? b.id - a.id : other > one ? 1 : -1;
}
