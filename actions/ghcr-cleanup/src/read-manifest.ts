import * as z from "zod";
import type { Child, Manifest } from "./manifest.ts";

/** The annotation of the throw-away manifests that take a tag from an image. */
export const REMOVED_TAG = "com.github.deploy-actions.ghcr-cleanup.removed-tag";

const digest = z.string().regex(/^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/);
const size = z.number().nonnegative().catch(0);
// Go programs write `null` for what is not there.
const word = z.string().nullish().catch(undefined);
const descriptor = z.object({
  digest,
  size,
  mediaType: word,
  artifactType: word,
  platform: z.unknown().optional(),
  annotations: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});
const descriptors = z.array(descriptor).nullish();

/** What is asked of a manifest; everything else in it, and types nobody knows, are taken as they are. */
const schema = z.object({
  mediaType: word,
  artifactType: word,
  config: descriptor.nullish(),
  layers: descriptors,
  blobs: descriptors,
  manifests: descriptors,
  subject: z.object({ digest }).nullish(),
  annotations: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  /** Schema 1, which is long out of use: the layers stand here. */
  fsLayers: z.array(z.object({ blobSum: digest })).nullish(),
});

/**
 * Reads a manifest of any type. `mediaType` is the answer's Content-Type, for those that do not say their own.
 * Returns why not, in words, for what is none: then nobody knows what it needs.
 */
export function readManifest(bytes: Buffer, mediaType: string): Manifest | { readonly unreadable: string } {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    return { unreadable: "what the registry sent is no JSON" };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.join(".") ?? "";
    return { unreadable: `what the registry sent is no manifest${place === "" ? "" : ` (${place})`}` };
  }
  const { data } = parsed;
  const empty = [data.config, data.layers, data.blobs, data.manifests, data.fsLayers, data.subject];
  if (empty.every((part) => part === undefined)) {
    return { unreadable: "what the registry sent has nothing of a manifest" };
  }
  const layers = [...(data.layers ?? []), ...(data.blobs ?? [])];
  // Empty as well: nothing that holds anything goes for an annotation.
  const removedTag =
    data.annotations?.[REMOVED_TAG] !== undefined &&
    !data.manifests?.length &&
    !data.config &&
    !data.subject &&
    layers.length === 0;
  return {
    mediaType: data.mediaType ?? mediaType,
    artifactType: data.artifactType ?? data.config?.mediaType ?? undefined,
    children: (data.manifests ?? []).map(childOf),
    subject: data.subject?.digest,
    blobs: [
      ...(data.config ? [data.config] : []),
      ...layers,
      ...(data.fsLayers ?? []).map(({ blobSum }) => ({ digest: blobSum, size: 0 })),
    ].map((blob) => ({ digest: blob.digest, size: blob.size })),
    size: bytes.length,
    ...(removedTag ? { removedTag } : {}),
  };
}

const imageTypes = new Set([
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
]);

function childOf(entry: z.output<typeof descriptor>): Child {
  const { platform, annotations, artifactType, mediaType } = entry;
  // BuildKit's attestations carry this annotation, and the platform unknown/unknown.
  const forPlatform =
    (typeof platform === "object" && platform !== null) ||
    annotations?.["vnd.docker.reference.type"] !== undefined;
  const leaf = forPlatform && !artifactType && imageTypes.has(mediaType ?? "");
  const attests = annotations?.["vnd.docker.reference.digest"];
  return { digest: entry.digest, leaf, ...(leaf && typeof attests === "string" ? { attests } : {}) };
}
