import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Manifest, Manifests } from "../../actions/ghcr-cleanup/src/manifest.ts";
import type { Pattern, Rules } from "../../actions/ghcr-cleanup/src/rules.ts";
import type { Version } from "../../actions/ghcr-cleanup/src/version.ts";

export const HOUR = 3_600_000;
export const NOW = Date.UTC(2026, 5, 1);

/** A made-up package: what GitHub lists, and what its manifests say. */
export type RandomPackage = {
  readonly versions: readonly Version[];
  readonly manifests: Manifests;
};

type Node = {
  readonly kind: "image" | "index" | "unreadable";
  /** Places in the list of nodes; one beyond its end is a digest that the package does not hold. */
  readonly children: readonly number[];
  readonly subject: number | undefined;
  readonly companions: readonly { readonly of: number; readonly suffix: string }[];
  readonly tags: readonly string[];
  readonly ageHours: number;
  readonly updatedAgo: number;
  readonly leaf: boolean;
  readonly id: number;
};

const TAGS = [
  "latest",
  "production",
  "v1",
  "v2.0.1",
  "pr-1",
  "pr-22",
  "main",
  "sha-abc",
  "nightly",
  "feature",
];
const SUFFIXES = ["", ".sig", ".att", ".sbom"];

export function digestAt(place: number): string {
  return `sha256:${createHash("sha256").update(`node ${place}`).digest("hex")}`;
}

export function companionTag(digest: string, suffix: string): string {
  return `${digest.replace(":", "-")}${suffix}`;
}

const node = (count: number, unreadable: boolean) =>
  fc.record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constant("image" as const) },
      { weight: 3, arbitrary: fc.constant("index" as const) },
      { weight: unreadable ? 1 : 0, arbitrary: fc.constant("unreadable" as const) },
    ),
    children: fc.array(fc.nat(count + 1), { maxLength: 4 }),
    subject: fc.option(fc.nat(count + 1), { nil: undefined, freq: 4 }),
    companions: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.record({ of: fc.nat(count + 1), suffix: fc.constantFrom(...SUFFIXES) }), {
          maxLength: 2,
        }),
      },
    ),
    tags: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.subarray(TAGS, { maxLength: 3 }) },
    ),
    ageHours: fc.integer({ min: 0, max: 24 * 60 }),
    updatedAgo: fc.nat(100),
    leaf: fc.boolean(),
    id: fc.nat(1_000_000),
  });

/**
 * Packages with everything that refers to something: shared and nested children, referrers of referrers, fallback and
 * cosign tags, digests that are not there. Digests cannot refer to each other in a ring, so a manifest names only earlier
 * ones, whenever those were pushed; a companion's tag may name any other.
 */
export function randomPackage({ unreadable = false } = {}): fc.Arbitrary<RandomPackage> {
  return fc
    .integer({ min: 0, max: 14 })
    .chain((count) => fc.array(node(count, unreadable), { minLength: count, maxLength: count }))
    .map((nodes) => build(nodes));
}

function build(nodes: readonly Node[]): RandomPackage {
  const tagged = new Set<string>();
  const once = (tag: string) => !tagged.has(tag) && tagged.add(tag) !== undefined;
  const versions: Version[] = [];
  const manifests = new Map<string, Manifest | { readonly unreadable: string }>();
  nodes.forEach((made, place) => {
    const digest = digestAt(place);
    const companions = made.companions
      .filter(({ of }) => of !== place)
      .map(({ of, suffix }) => companionTag(digestAt(of), suffix));
    const createdAt = NOW - made.ageHours * HOUR;
    versions.push({
      id: made.id * 100 + place,
      digest,
      tags: [...made.tags, ...companions].filter(once),
      createdAt,
      updatedAt: Math.min(NOW, createdAt + (made.updatedAgo % Math.max(1, made.ageHours)) * HOUR),
    });
    manifests.set(
      digest,
      made.kind === "unreadable" ? { unreadable: "HTTP 500" } : manifestOf(nodes, made, place),
    );
  });
  return { versions, manifests };
}

function manifestOf(nodes: readonly Node[], made: Node, place: number): Manifest {
  const mayName = (other: number) => other < place || other >= nodes.length;
  const listed = made.kind === "index" ? made.children.filter(mayName) : [];
  const kind = made.kind === "index" ? "index" : "manifest";
  return {
    mediaType: `application/vnd.oci.image.${kind}.v1+json`,
    artifactType: undefined,
    children: [...new Set(listed)].map((child) => ({ digest: digestAt(child), leaf: isLeaf(nodes, child) })),
    subject: made.subject !== undefined && mayName(made.subject) ? digestAt(made.subject) : undefined,
    blobs: made.kind === "image" ? [{ digest: digestAt(1_000 + (place % 5)), size: 100 + (place % 5) }] : [],
    size: 500,
  };
}

/** What an index may say of a child without having read it: an image of a platform has nothing below or above it. */
function isLeaf(nodes: readonly Node[], place: number): boolean {
  const child = nodes[place];
  return child !== undefined && child.kind === "image" && child.subject === undefined && child.leaf;
}

/** A pattern with one star at its end, or none. */
export function pattern(source: string): Pattern {
  return {
    source,
    matches: (tag) => (source.endsWith("*") ? tag.startsWith(source.slice(0, -1)) : tag === source),
  };
}

const patterns = (...sources: readonly string[]) =>
  fc.subarray([...sources]).map((chosen) => chosen.map(pattern));

export const randomRules: fc.Arbitrary<Rules> = fc.record({
  olderThan: fc.constantFrom(0, 1, 24, 240, 720).map((hours) => hours * HOUR),
  by: fc.constantFrom("updated" as const, "created" as const),
  keepLast: fc.constantFrom(0, 1, 2, 10),
  keepTags: patterns("latest", "production", "v*"),
  deleteTags: fc.oneof(fc.constant([]), patterns("pr-*", "nightly", "main")),
  deleteUntagged: fc.boolean(),
  keepUntagged: fc.constantFrom(0, 0, 1, 3),
  minAge: fc.constantFrom(0, 24, 200).map((hours) => hours * HOUR),
  protectDigests: fc
    .oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(fc.nat(15), { maxLength: 2 }))
    .map((places) => new Set(places.map(digestAt))),
  maxPercent: fc.constant(100),
});
