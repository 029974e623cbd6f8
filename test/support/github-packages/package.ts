import { createHash } from "node:crypto";
import { notFound, Refusal } from "./refusal.ts";

export type Version = {
  readonly id: number;
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
  readonly tags: Set<string>;
  downloads: number;
  deletedAt: number | undefined;
};

export type Push = {
  /** A tag or the digest. */
  readonly reference: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
};

const RESTORABLE_MS = 30 * 24 * 3_600_000;
const UNDELETABLE_DOWNLOADS = 5_000;

let lastId = 100_000_000;

/** A container package as GitHub keeps it: one version a manifest, the tags on the versions. */
export class Package {
  readonly owner: string;
  readonly name: string;
  readonly createdAt: number;
  visibility: "public" | "private" | "internal" = "private";
  readonly #versions = new Map<string, Version>();
  readonly #byTag = new Map<string, Version>();
  #shown: { calls: number; readonly versions: readonly Version[] } | undefined;

  constructor(owner: string, name: string, now: number) {
    this.owner = owner;
    this.name = name;
    this.createdAt = now;
  }

  /** A manifest has come into the registry, under a tag or its digest. */
  pushed({ reference, mediaType, bytes }: Push, now: number): Version {
    const digest = digestOf(bytes);
    let version = this.#versions.get(digest);
    // A deleted version is gone for the registry: pushed again, it is a new one.
    if (version === undefined || version.deletedAt !== undefined) {
      lastId += 1;
      version = {
        id: lastId,
        digest,
        mediaType,
        bytes,
        createdAt: now,
        updatedAt: now,
        tags: new Set(),
        downloads: 0,
        deletedAt: undefined,
      };
      this.#versions.set(digest, version);
    }
    if (reference !== digest) {
      this.#byTag.get(reference)?.tags.delete(reference);
      this.#byTag.set(reference, version);
      version.tags.add(reference);
      version.updatedAt = now;
    }
    return version;
  }

  /** Newest first. */
  list(state: "active" | "deleted", now: number): readonly Version[] {
    const restorable = (version: Version) =>
      version.deletedAt !== undefined && now - version.deletedAt < RESTORABLE_MS;
    return [...this.#versions.values()]
      .filter((version) => (state === "active" ? version.deletedAt === undefined : restorable(version)))
      .sort((a, b) => b.createdAt - a.createdAt || b.id - a.id);
  }

  /** As {@link list}, where a call of the API asks: after {@link freeze} it may be what was true before. */
  listing(state: "active" | "deleted", now: number): readonly Version[] {
    if (this.#shown === undefined || this.#shown.calls === 0 || state === "deleted")
      return this.list(state, now);
    this.#shown.calls -= 1;
    return this.#shown.versions;
  }

  /** So many calls to come are shown what is there now, as a listing that lags behind does. */
  freeze(calls: number): void {
    const copies = this.list("active", Date.now()).map((version) => ({
      ...version,
      tags: new Set(version.tags),
    }));
    this.#shown = { calls, versions: copies };
  }

  find(id: number, state: "active" | "deleted"): Version {
    for (const version of this.#versions.values())
      if (version.id === id && (version.deletedAt === undefined) === (state === "active")) return version;
    throw notFound();
  }

  /** By tag or digest; nothing for what is not there any more. */
  lookUp(reference: string): Version | undefined {
    const version = this.#byTag.get(reference) ?? this.#versions.get(reference);
    return version?.deletedAt === undefined ? version : undefined;
  }

  delete(id: number, now: number): Version {
    const version = this.find(id, "active");
    if (this.visibility === "public" && version.downloads > UNDELETABLE_DOWNLOADS) {
      throw new Refusal(
        400,
        "Publicly visible package versions with more than 5000 downloads cannot be deleted. Contact GitHub support for further assistance.",
      );
    }
    const others = this.list("active", now).filter((other) => other !== version);
    if (version.tags.size > 0 ? others.every(({ tags }) => tags.size === 0) : others.length === 0) {
      throw new Refusal(
        400,
        `You cannot delete the last ${version.tags.size > 0 ? "tagged " : ""}version of a package. You must delete the package instead.`,
      );
    }
    version.deletedAt = now;
    return version;
  }

  restore(id: number, now: number): Version {
    const version = this.find(id, "deleted");
    if (now - (version.deletedAt ?? 0) >= RESTORABLE_MS) throw notFound();
    version.deletedAt = undefined;
    for (const tag of version.tags) this.#byTag.set(tag, version);
    return version;
  }

  /** The tags that stand, with their digests. */
  tags(): Map<string, string> {
    return new Map(
      this.list("active", 0).flatMap(({ tags, digest }) => [...tags].map((tag) => [tag, digest])),
    );
  }

  /** The digests that are there. */
  digests(): Set<string> {
    return new Set(this.list("active", 0).map(({ digest }) => digest));
  }
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
