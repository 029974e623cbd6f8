import { isCosignTag } from "./accessory-tag.ts";
import type { Child, Manifests } from "./manifest.ts";
import type { Version } from "./version.ts";

/**
 * Says of a listed version whether its manifest decides something. It does not where an index says that it is an image
 * for one platform, and where cosign's tag says everything about it.
 */
function decisive(versions: readonly Version[], manifests: Manifests): (version: Version) => boolean {
  const leaves = new Set<string>();
  // One index may know of a manifest what another does not say.
  const others = new Set<string>();
  const attestations = new Map<string, Attestation>();
  for (const { digest } of versions) {
    for (const child of childrenOf(digest, manifests)) {
      (child.leaf ? leaves : others).add(child.digest);
      if (child.attests !== undefined) {
        attestations.set(child.digest, { of: child.attests, together: 0 });
      }
    }
  }
  const alone = attestations.size === 0 ? undefined : standsAlone(attestations, versions, manifests);
  return ({ tags, digest }) =>
    tags.length === 0
      ? !leaves.has(digest) || others.has(digest) || alone?.(digest) === true
      : !tags.every(isCosignTag);
}

type Attestation = {
  readonly of: string;
  /** How many indexes list it with its image. */
  together: number;
};

/**
 * Says of an attestation whether its image may stay where none of its indexes does: then it counts whether it is about
 * that image, which its manifest alone says.
 */
function standsAlone(
  attestations: ReadonlyMap<string, Attestation>,
  versions: readonly Version[],
  manifests: Manifests,
): (digest: string) => boolean {
  const listings = new Map([...attestations.values()].map(({ of }) => [of, 0]));
  const tagged = new Set<string>();
  for (const { digest, tags } of versions) {
    if (tags.length > 0 && listings.has(digest)) tagged.add(digest);
    const listed = new Set(childrenOf(digest, manifests).map((child) => child.digest));
    for (const child of listed) {
      const listing = listings.get(child);
      if (listing !== undefined) listings.set(child, listing + 1);
      const attestation = attestations.get(child);
      if (attestation !== undefined && listed.has(attestation.of)) attestation.together++;
    }
  }
  return (digest) => {
    const attestation = attestations.get(digest);
    if (attestation === undefined) return false;
    const { of, together } = attestation;
    return tagged.has(of) || together === 0 || listings.get(of) !== together;
  };
}

function childrenOf(digest: string, manifests: Manifests): readonly Child[] {
  const manifest = manifests.get(digest);
  return manifest !== undefined && "children" in manifest ? manifest.children : [];
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
