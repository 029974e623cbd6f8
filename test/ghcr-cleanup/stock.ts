import { type Image, type Images, mediaTypes } from "../support/github-packages/images.ts";
import type { GitHubPackages } from "../support/github-packages/server.ts";

/** A release as a careful team pushes it: two platforms, each with its attestation, all of it signed. */
export async function release(images: Images, tags: readonly string[], age: string) {
  const children = await images.platforms({ age });
  const attestations: Image[] = [];
  for (const child of children) attestations.push(await images.attestation(child, { age }));
  const parts = [...children, ...attestations];
  const index = await images.index(
    parts.map(({ descriptor }) => descriptor),
    { tags, age },
  );
  const signature = await images.cosign(index, "sig", { age });
  const bill = await images.referrer(children[0] as Image, { age });
  const fallback = await images.fallbackTag(children[0] as Image, [bill], { age });
  // The bill of materials is signed itself: a referrer of a referrer of a child.
  const signed = await images.referrer(bill, { age });
  return { index, children, attestations, all: [index, ...parts, signature, bill, fallback, signed] };
}

/** What is neither an image nor an index of images, and what is written in an unusual way. */
export async function oddities(images: Images, age: string) {
  const chart = await images.manifest({
    tags: ["chart-1.2.3"],
    age,
    config: { mediaType: "application/vnd.cncf.helm.config.v1+json", text: '{"name":"shop"}' },
    layers: [await images.blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip")],
  });
  const artifact = await images.manifest({
    tags: ["artifact"],
    age,
    artifactType: "application/vnd.acme.rules",
    config: { mediaType: mediaTypes.empty, text: "{}" },
    layers: [await images.blob("application/yaml")],
  });
  const cache = await images.index(
    [await images.blob(mediaTypes.layer), await images.blob("application/vnd.buildkit.cacheconfig.v0")],
    { tags: ["buildcache"], age },
  );
  const child = await images.manifest({ mediaType: mediaTypes.dockerManifest, age });
  const docker = await images.index(
    [{ ...child.descriptor, platform: { os: "linux", architecture: "amd64" } }],
    {
      mediaType: mediaTypes.dockerList,
      tags: ["docker"],
      age,
    },
  );
  const silentChild = await images.manifest({ sayMediaType: false, age });
  const silent = await images.index([silentChild.descriptor], { sayMediaType: false, tags: ["silent"], age });
  return { all: [chart, artifact, cache, child, docker, silentChild, silent] };
}

/** The digests of these images, sorted. */
export function digests(images: readonly Image[]): string[] {
  return images.map(({ digest }) => digest).toSorted();
}

/** The digests that a package holds, sorted. */
export function remaining(server: GitHubPackages, path: string): string[] {
  return [...server.package(path).digests()].toSorted();
}

/** Parts that are missing below what is tagged: what `docker pull` would stop at. Reads manifests, needs no registry. */
export function missingParts(server: GitHubPackages, path: string): string[] {
  const one = server.package(path);
  const missing: string[] = [];
  const look = (reference: string, by: string): void => {
    const version = one.lookUp(reference);
    if (version === undefined) {
      missing.push(`${reference} of ${by}`);
      return;
    }
    const { manifests } = JSON.parse(version.bytes.toString()) as {
      readonly manifests?: { readonly digest: string; readonly mediaType: string }[];
    };
    // BuildKit's caches list layers in the place of manifests.
    for (const { digest, mediaType } of manifests ?? [])
      if (/manifest|index/.test(mediaType)) look(digest, version.digest);
  };
  for (const tag of one.tags().keys()) look(tag, "the package");
  return missing;
}

/** What a package takes in bytes: every manifest, and every layer and configuration once. */
export function bytesOf(server: GitHubPackages, path: string): number {
  type Described = { readonly digest: string; readonly size: number };
  const sizes = new Map<string, number>();
  for (const { digest, bytes } of server.package(path).list("active", 0)) {
    sizes.set(digest, bytes.length);
    const manifest = JSON.parse(bytes.toString()) as {
      readonly config?: Described;
      readonly layers?: Described[];
    };
    for (const each of [manifest.config ?? [], manifest.layers ?? []].flat())
      sizes.set(each.digest, each.size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
