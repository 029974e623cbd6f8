import { isCosignTag } from "./accessory-tag.ts";
import type { Manifests } from "./manifest.ts";
import type { Version } from "./version.ts";

/**
 * Says of a listed version whether its manifest decides something. It does not where an index says that it is an image
 * for one platform, and where cosign's tag says everything about it.
 */
function decisive(versions: readonly Version[], manifests: Manifests): (version: Version) => boolean {
  // How many indexes list each.
  const leaves = new Map<string, number>();
  // One index may know of a manifest what another does not say.
  const others = new Set<string>();
  const attestations = new Map<string, { readonly of: string; readonly indexes: Set<string> }>();
  const tagged = new Set<string>();
  for (const { digest, tags } of versions) {
    if (tags.length > 0) tagged.add(digest);
    const manifest = manifests.get(digest);
    if (manifest === undefined || !("children" in manifest)) continue;
    for (const child of manifest.children) {
      if (!child.leaf) others.add(child.digest);
      else leaves.set(child.digest, (leaves.get(child.digest) ?? 0) + 1);
      if (child.attests === undefined) continue;
      const known = attestations.get(child.digest) ?? { of: child.attests, indexes: new Set() };
      if (manifest.children.some((other) => other.digest === known.of)) known.indexes.add(digest);
      attestations.set(child.digest, known);
    }
  }
  // Its image may stay where none of its indexes does; whether it is about that image, the manifest alone says.
  const alone = (digest: string): boolean => {
    const attestation = attestations.get(digest);
    if (attestation === undefined) return false;
    const { of, indexes } = attestation;
    return tagged.has(of) || others.has(of) || indexes.size === 0 || leaves.get(of) !== indexes.size;
  };
  return ({ tags, digest }) =>
    tags.length === 0 ? !leaves.has(digest) || others.has(digest) || alone(digest) : !tags.every(isCosignTag);
}

/** The first version of which the manifest has to be known and is not: never read, or not readable. */
export function firstUnknown(versions: readonly Version[], manifests: Manifests): Version | undefined {
  const decides = decisive(versions, manifests);
  return versions.find((version) => {
    const manifest = manifests.get(version.digest);
    return (manifest === undefined || !("children" in manifest)) && decides(version);
  });
}

/** The digests that have to be read before anything can be decided: those with tags first, then the newest. */
export function wanted(versions: readonly Version[], manifests: Manifests): string[] {
  const decides = decisive(versions, manifests);
  const missing = versions.filter((version) => !manifests.has(version.digest) && decides(version));
  const tagged = missing.filter(({ tags }) => tags.length > 0);
  const untagged = missing.filter(({ tags }) => tags.length === 0).sort(newestFirst);
  return [...tagged, ...untagged].map(({ digest }) => digest);
}

function newestFirst(a: Version, b: Version): number {
  const [one, other] = [a.createdAt ?? Number.POSITIVE_INFINITY, b.createdAt ?? Number.POSITIVE_INFINITY];
  return one === other ? b.id - a.id : other > one ? 1 : -1;
}
