import { createHash } from "node:crypto";
import { mediaTypes } from "../support/github-packages/images.ts";
import type { Package, Version } from "../support/github-packages/package.ts";

const DAY = 86_400_000;
const TAGGED_INDEXES = 300;
const UNTAGGED_INDEXES = 600;
const CHILDREN = 3;
/** So many untagged indexes have one child that a tagged one has too, as a rebuild without changes makes them. */
const SHARED = 100;
const TAGGED_IMAGES = 300;
const UNTAGGED_IMAGES = 800;
const SIGNATURES = 200;
const REFERRERS = 200;

/** What a clean-up of {@link fillPackage}'s package must come to, with `keep-tags: v*` and `keep-last: 0`. */
export const EXPECTED = { versions: 5_000, kept: 1_700, deleted: 3_300 } as const;

/**
 * A package of some years: releases and single images that stay, three times as many builds that nobody needs,
 * signatures of what stays, and attestations of what goes. Builds are spread over the time before `now`.
 */
export function fillPackage(target: Package, now: number): void {
  let count = 0;
  const total = TAGGED_INDEXES + UNTAGGED_INDEXES + TAGGED_IMAGES + UNTAGGED_IMAGES;
  let build = 0;
  const push = (content: object, mediaType: string, tags: readonly string[] = []): Version => {
    count += 1;
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    // The oldest build is 800 days old, the newest 40; what belongs to a build came within its minute.
    const at = now - 800 * DAY + (build / total) * 760 * DAY + (count % 60) * 1_000;
    const references = tags.length === 0 ? [digest] : tags;
    const versions = references.map((reference) => target.pushed({ reference, mediaType, bytes }, at));
    return versions[0] as Version;
  };
  const image = (tags?: readonly string[], more: object = {}) =>
    push(
      {
        config: blob(mediaTypes.config, `config ${count}`),
        layers: [blob(mediaTypes.layer, `base ${count % 40}`), blob(mediaTypes.layer, `own ${count}`)],
        ...more,
      },
      mediaTypes.manifest,
      tags,
    );
  const index = (tags: readonly string[] | undefined, children: readonly Version[]) =>
    push({ manifests: children.map(platform) }, mediaTypes.index, tags);

  const children: Version[] = [];
  for (build = 0; build < total; build += 1) {
    // Interleaved, so that no kind of build stands by itself in the listing.
    const kind = KINDS[build % KINDS.length];
    const number =
      Math.floor(build / KINDS.length) * KINDS.filter((one) => one === kind).length + seen(kind, build);
    if (kind === "tagged index") {
      const own = Array.from({ length: CHILDREN }, () => image());
      children.push(...own);
      const { digest } = index([`v1.0.${number}`, `v1.0.${number}-promoted`], own);
      if (number < SIGNATURES) image([`${digest.replace(":", "-")}.sig`]);
    } else if (kind === "index") {
      const shared = number < SHARED ? children.slice(-1) : [];
      const own = Array.from({ length: CHILDREN - shared.length }, () => image());
      const { digest, mediaType, bytes } = index(undefined, [...own, ...shared]);
      if (number < REFERRERS) image(undefined, { subject: { mediaType, digest, size: bytes.length } });
    } else if (kind === "tagged image") image([`v2.0.${number}`]);
    else image();
  }
}

/** 300, 600, 300 and 800 of 2,000. */
const KINDS = [
  ...Array.from({ length: 3 }, () => "tagged index" as const),
  ...Array.from({ length: 6 }, () => "index" as const),
  ...Array.from({ length: 3 }, () => "tagged image" as const),
  ...Array.from({ length: 8 }, () => "image" as const),
];

function seen(kind: (typeof KINDS)[number] | undefined, build: number): number {
  return KINDS.slice(0, build % KINDS.length).filter((one) => one === kind).length;
}

function blob(mediaType: string, text: string) {
  return { mediaType, digest: `sha256:${createHash("sha256").update(text).digest("hex")}`, size: 1_000_000 };
}

function platform({ mediaType, digest, bytes }: Version, index: number) {
  const architecture = ["amd64", "arm64", "s390x"][index];
  return { mediaType, digest, size: bytes.length, platform: { os: "linux", architecture } };
}
