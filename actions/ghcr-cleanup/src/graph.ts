import { isRealTag, subjectOfTag } from "./accessory-tag.ts";
import type { Manifests } from "./manifest.ts";
import type { Version } from "./version.ts";

/** A version and the versions of the same package that it is tied to. */
export type Node = {
  readonly version: Version;
  readonly realTags: readonly string[];
  /** It says of itself that it is about another manifest. */
  readonly pointsAtSubject: boolean;
  /** Left behind by a run that was stopped while it took a tag from an image. */
  readonly leftOver: boolean;
  /** What it is about: its manifest's subject and what its tags name; also what is not listed. */
  readonly subjects: readonly string[];
  readonly children: readonly Node[];
  readonly parents: readonly Node[];
  /** The listed ones of `subjects`. */
  readonly about: readonly Node[];
  readonly referrers: readonly Node[];
};

export type Graph = {
  readonly nodes: readonly Node[];
  readonly byDigest: ReadonlyMap<string, Node>;
};

const none: readonly never[] = [];

/** The package as a graph. Linear in versions and their ties. */
export function graphOf(versions: readonly Version[], manifests: Manifests): Graph {
  const byDigest = new Map<string, Growing>();
  for (const version of versions) byDigest.set(version.digest, nodeOf(version, manifests));
  // In the order of their ids: what is decided must not depend on the order in which a listing came.
  const nodes = [...byDigest.values()].sort((a, b) => a.version.id - b.version.id);
  for (const node of nodes) {
    const manifest = manifests.get(node.version.digest);
    if (manifest !== undefined && "children" in manifest && manifest.children.length > 0) {
      for (const digest of new Set(manifest.children.map((child) => child.digest))) {
        const child = byDigest.get(digest);
        if (child === undefined || child === node) continue;
        node.children = added(node.children, child);
        child.parents = added(child.parents, node);
      }
    }
    for (const digest of node.subjects) {
      const subject = byDigest.get(digest);
      if (subject === undefined || subject === node) continue;
      node.about = added(node.about, subject);
      subject.referrers = added(subject.referrers, node);
    }
  }
  return { nodes, byDigest };
}

/** A node whose ties are still being found. */
type Growing = { -readonly [key in keyof Node]: Node[key] };

/** Most versions have no ties of most kinds: an empty list of its own for each would take half of all the memory. */
function added(list: readonly Node[], node: Node): readonly Node[] {
  if (list.length === 0) return [node];
  (list as Node[]).push(node);
  return list;
}

function nodeOf(version: Version, manifests: Manifests): Growing {
  const manifest = manifests.get(version.digest);
  const subject = manifest !== undefined && "children" in manifest ? manifest.subject : undefined;
  const realTags = version.tags.length === 0 ? none : version.tags.filter(isRealTag);
  const named = realTags.length === version.tags.length ? none : version.tags.flatMap(namedBy);
  const subjects = subject === undefined ? named : [...new Set([subject, ...named])];
  return {
    version,
    realTags,
    pointsAtSubject: subject !== undefined,
    leftOver: manifest !== undefined && "children" in manifest && manifest.removedTag === true,
    subjects,
    children: none,
    parents: none,
    about: none,
    referrers: none,
  };
}

function namedBy(tag: string): string[] {
  const subject = subjectOfTag(tag);
  return subject === undefined ? [] : [subject];
}

/** A signature or the like: it is about another manifest, and nobody gave it a name of its own. */
export function isAccessory(node: Node): boolean {
  return node.realTags.length === 0 && node.subjects.length > 0;
}
