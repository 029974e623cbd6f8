import { randomBytes } from "node:crypto";
import { digestOf, type Version } from "./package.ts";
import type { GitHubPackages } from "./server.ts";

export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
} as const;

export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [more: string]: unknown;
};

export type Image = {
  readonly descriptor: Descriptor;
  readonly version: Version;
  readonly digest: string;
};

type About = {
  readonly tags?: readonly string[];
  /** As in `40d`: for how long it has been there, and unchanged. */
  readonly age?: string;
};

export type ManifestOptions = About & {
  readonly mediaType?: string;
  /** Default: the manifest says its own media type. */
  readonly sayMediaType?: boolean;
  readonly config?: { readonly mediaType: string; readonly text?: string };
  /** Default: one layer of its own. */
  readonly layers?: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

export type IndexOptions = About & {
  readonly mediaType?: string;
  readonly sayMediaType?: boolean;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
};

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** Pushes what build tools push, into one package. */
export class Images {
  readonly #server: GitHubPackages;
  readonly #path: string;

  constructor(server: GitHubPackages, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /** A layer, a configuration or any other bytes, of no meaning unless they are given. */
  async blob(mediaType: string = mediaTypes.layer, bytes: Buffer = randomBytes(64)): Promise<Descriptor> {
    const digest = digestOf(bytes);
    const { backend } = this.#server;
    if (backend !== undefined) {
      const uploads = `${backend}/v2/${this.#path}/blobs/uploads/`;
      const opened = await fetch(uploads, { method: "POST" });
      const place = new URL(opened.headers.get("location") ?? "", backend);
      place.searchParams.set("digest", digest);
      const response = await fetch(place, { method: "PUT", body: new Uint8Array(bytes) });
      if (response.status !== 201)
        throw new Error(`the registry did not take a blob: ${await response.text()}`);
    }
    return { mediaType, digest, size: bytes.length };
  }

  /** One image for one platform; or any artifact, with a configuration of its own. */
  async manifest(options: ManifestOptions = {}): Promise<Image> {
    const docker = options.mediaType === mediaTypes.dockerManifest;
    const kind = options.config ?? {
      mediaType: docker ? "application/vnd.docker.container.image.v1+json" : mediaTypes.config,
    };
    const layer = docker ? "application/vnd.docker.image.rootfs.diff.tar.gzip" : mediaTypes.layer;
    const layers = options.layers ?? [await this.blob(layer)];
    const config = await this.blob(kind.mediaType, Buffer.from(kind.text ?? imageConfig(layers)));
    const mediaType = options.mediaType ?? mediaTypes.manifest;
    return this.push(mediaType, options, {
      schemaVersion: 2,
      ...(options.sayMediaType === false ? {} : { mediaType }),
      ...(options.artifactType === undefined ? {} : { artifactType: options.artifactType }),
      config,
      layers,
      ...(options.subject === undefined ? {} : { subject: bare(options.subject) }),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    });
  }

  /** An index of these, in this order. */
  async index(manifests: readonly Descriptor[], options: IndexOptions = {}): Promise<Image> {
    const mediaType = options.mediaType ?? mediaTypes.index;
    return this.push(mediaType, options, {
      schemaVersion: 2,
      ...(options.sayMediaType === false ? {} : { mediaType }),
      manifests,
      ...(options.subject === undefined ? {} : { subject: bare(options.subject) }),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    });
  }

  /** One image a platform. */
  async platforms({ age }: Pick<About, "age"> = {}): Promise<Image[]> {
    const made: Image[] = [];
    for (const architecture of ["amd64", "arm64"]) {
      const image = await this.manifest(age === undefined ? {} : { age });
      made.push({ ...image, descriptor: { ...image.descriptor, platform: { os: "linux", architecture } } });
    }
    return made;
  }

  /** An index with one image a platform, as `docker buildx build --platform` makes it. */
  async multiArch(about: About = {}) {
    const children = await this.platforms(about);
    const index = await this.index(
      children.map(({ descriptor }) => descriptor),
      about,
    );
    return { index, children };
  }

  /** With buildx's attestation: an image for no platform, that names the one it speaks of in an annotation. */
  async attestation(of: Image, about: About = {}): Promise<Image> {
    const made = await this.manifest({
      ...about,
      layers: [await this.blob("application/vnd.in-toto+json")],
    });
    const annotations = {
      "vnd.docker.reference.digest": of.digest,
      "vnd.docker.reference.type": "attestation-manifest",
    };
    const platform = { os: "unknown", architecture: "unknown" };
    return { ...made, descriptor: { ...made.descriptor, annotations, platform } };
  }

  /** What cosign writes: a manifest under a tag that is made of the digest. */
  cosign(of: Image, suffix: "sig" | "att" | "sbom", about: About = {}): Promise<Image> {
    return this.manifest({ ...about, tags: [`${of.digest.replace(":", "-")}.${suffix}`] });
  }

  /** An artifact that refers to another manifest as OCI 1.1 has it. */
  async referrer(subject: Image, options: ManifestOptions = {}): Promise<Image> {
    return this.manifest({
      artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      config: { mediaType: mediaTypes.empty, text: "{}" },
      ...options,
      subject: subject.descriptor,
    });
  }

  /** The index of an image's referrers under the tag that stands in for the referrers API. */
  fallbackTag(subject: Image, referrers: readonly Image[], about: About = {}): Promise<Image> {
    return this.index(
      referrers.map(({ descriptor }) => descriptor),
      { ...about, tags: [subject.digest.replace(":", "-")] },
    );
  }

  /** Any manifest, under its tags or its digest. */
  async push(mediaType: string, { tags = [], age }: About, content: unknown): Promise<Image> {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = digestOf(bytes);
    let version: Version | undefined;
    for (const reference of tags.length === 0 ? [digest] : tags) {
      await this.#put(reference, mediaType, bytes);
      version = this.#server.accounts.pushed(this.#path, { reference, mediaType, bytes });
    }
    if (version === undefined) throw new Error("nothing was pushed");
    if (age !== undefined) version.createdAt = version.updatedAt = this.#server.now() - duration(age);
    return { version, digest, descriptor: { mediaType, digest, size: bytes.length } };
  }

  async #put(reference: string, mediaType: string, bytes: Buffer): Promise<void> {
    const { backend } = this.#server;
    if (backend === undefined) return;
    const response = await fetch(`${backend}/v2/${this.#path}/manifests/${reference}`, {
      method: "PUT",
      headers: { "content-type": mediaType },
      body: new Uint8Array(bytes),
    });
    if (response.status !== 201) throw new Error(`the registry did not take it: ${await response.text()}`);
  }
}

function imageConfig(layers: readonly Descriptor[]): string {
  return JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
}

/** A subject is named without platform and annotations. */
function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function duration(text: string): number {
  const [, count = "", unit = ""] = /^(\d+)([dhms])$/.exec(text) ?? [];
  const ms = Number(count) * UNITS[unit as keyof typeof UNITS];
  if (!Number.isFinite(ms)) throw new Error(`${text} is no age`);
  return ms;
}
