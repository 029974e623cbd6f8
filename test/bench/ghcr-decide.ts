import { decide } from "../../actions/ghcr-cleanup/src/decide.ts";
import type { Child, Manifest } from "../../actions/ghcr-cleanup/src/manifest.ts";
import { parsePattern } from "../../actions/ghcr-cleanup/src/pattern.ts";
import type { Rules } from "../../actions/ghcr-cleanup/src/rules.ts";
import type { Version } from "../../actions/ghcr-cleanup/src/version.ts";

// Run as a process of its own, so that its memory is that of the decision: prints what it took, as JSON.

const VERSIONS = 100_000;
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);

const versions: Version[] = [];
const manifests = new Map<string, Manifest>();

/** In one piece, as it would come out of an answer. */
function digestOf(id: number): string {
  return Buffer.from(`sha256:${id.toString(16).padStart(64, "0")}`).toString("latin1");
}

/** `undefined` for a manifest that decides nothing, which the action does not read. */
function add(manifest: Partial<Manifest> | undefined, tags: readonly string[] = []): string {
  const id = versions.length;
  const digest = digestOf(id);
  const at = NOW - 900 * DAY + id * 700;
  versions.push({ id, digest, tags, createdAt: at, updatedAt: at });
  if (manifest === undefined) return digest;
  const blobs = [{ digest: digestOf(VERSIONS + (id % 20_000)), size: 1_000 }];
  manifests.set(digest, {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: undefined,
    children: [],
    subject: undefined,
    blobs,
    size: 500,
    ...manifest,
  });
  return digest;
}

// Groups of ten: an index with three platforms and their attestations, its signature, a referrer, and one loose image.
for (let group = 0; versions.length < VERSIONS; group += 1) {
  const children: Child[] = Array.from({ length: 6 }, () => ({ digest: add(undefined), leaf: true }));
  const index = add(
    { children, blobs: [] },
    group % 3 === 0 ? [`v1.${group}`] : group % 3 === 1 ? [`pr-${group}`] : [],
  );
  add(undefined, [`${index.replace(":", "-")}.sig`]);
  add({ subject: index });
  add({});
}

const rules: Rules = {
  olderThan: 30 * DAY,
  by: "updated",
  keepLast: 10,
  keepTags: ["latest", "production", "v*"].map(parsePattern),
  deleteTags: [],
  deleteUntagged: true,
  keepUntagged: 0,
  minAge: DAY,
  protectDigests: new Set(),
  maxPercent: 100,
};
const before = process.memoryUsage.rss();
const started = process.cpuUsage();
const plan = decide({ versions, manifests }, rules, NOW);
const { user, system } = process.cpuUsage(started);
const peak = process.resourceUsage().maxRSS * 1_024;
process.stdout.write(
  JSON.stringify({
    versions: versions.length,
    kept: plan.keep.length,
    deleted: plan.delete.length,
    cpuMs: (user + system) / 1_000,
    megabytes: peak / 2 ** 20,
    ownMegabytes: (peak - before) / 2 ** 20,
  }),
);
