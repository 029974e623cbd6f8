import { RegistryError } from "../../../shared/registry/registry.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Manifest, Manifests, Unreadable } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";
import type { Facts, Sources } from "./sources.ts";
import type { Version } from "./version.ts";
import { wanted } from "./wanted.ts";

// Kept small: the registry has a limit of its own, which it does not publish.
const AT_ONCE = 8;

/** Reads what is wanted until nothing is; fills `manifests`. */
export async function readWanted(
  name: string,
  versions: readonly Version[],
  manifests: Map<string, Manifest | Unreadable>,
  sources: Sources,
): Promise<void> {
  for (const { digest } of versions) {
    const stored = manifests.has(digest) ? undefined : sources.store.get(digest);
    if (stored !== undefined) manifests.set(digest, stored);
  }
  for (;;) {
    const digests = wanted(versions, manifests);
    if (digests.length === 0) return;
    const tagged = new Set(versions.filter(({ tags }) => tags.length > 0).map(({ digest }) => digest));
    // First what is read in any case: its indexes say of many untagged ones that they need not be read.
    const sure = digests.filter((digest) => tagged.has(digest));
    await (sure.length > 0
      ? readAll(
          sure.map((digest) => [digest]),
          { name, manifests, sources },
        )
      : readAll(inStrips(digests), { name, manifests, sources }));
  }
}

type Reading = {
  readonly name: string;
  readonly manifests: Map<string, Manifest | Unreadable>;
  readonly sources: Sources;
};

/** Newest first, an index comes before its children, which then need not be read: so each strip is walked in order. */
function inStrips(digests: readonly string[]): (readonly string[])[] {
  const length = Math.max(1, Math.ceil(digests.length / AT_ONCE));
  return Array.from({ length: Math.ceil(digests.length / length) }, (_, at) =>
    digests.slice(at * length, (at + 1) * length),
  );
}

async function readAll(strips: (readonly string[])[], reading: Reading): Promise<void> {
  const leaves = new Set<string>();
  const queue = strips.values();
  // The first that fails stops the others, and is thrown when all have stopped.
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const strip of queue) {
      for (const digest of strip) {
        if (failed) return;
        if (leaves.has(digest)) continue;
        try {
          const manifest = await readOne(digest, reading);
          if ("children" in manifest)
            for (const child of manifest.children) if (child.leaf) leaves.add(child.digest);
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const each of settled) if (each.status === "rejected") throw each.reason;
}

async function readOne(
  digest: string,
  { name, manifests, sources }: Reading,
): Promise<Manifest | Unreadable> {
  const { registry, store, signal, owner } = sources;
  let manifest: Manifest | Unreadable;
  try {
    const raw = await registry.manifest(`${owner}/${name}`.toLowerCase(), digest, signal);
    manifest = readManifest(raw.bytes, raw.mediaType);
    if ("children" in manifest) store.add(digest, raw);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (error.status !== 404) throw unreadable(name, digest, error);
    manifest = { unreadable: "the registry has no manifest with this digest" };
  }
  manifests.set(digest, manifest);
  sources.onRead();
  return manifest;
}

/** What stops the package at once: the next manifest would fare no better, and nothing may go without this one. */
function unreadable(name: string, digest: string, error: RegistryError): UserError {
  const denied = error.status === 401 || error.status === 403;
  return new UserError(`package ${name}: the manifest ${digest} cannot be read (${error.message}).`, {
    hint: denied
      ? "The token needs read:packages, or the job 'packages: write' and the repository a role on the package (Manage Actions access). Nothing was deleted."
      : "What it needs is not known, so everything of the package stays. Run it again; nothing was deleted.",
    cause: error,
  });
}

/** Reads what is left for counting bytes, up to `most` manifests; false when there are more, or one cannot be read. */
export async function readForBytes(
  name: string,
  facts: Facts,
  most: number,
  sources: Sources,
): Promise<Manifests> {
  const manifests = new Map(facts.manifests);
  const missing = facts.versions.flatMap(({ digest }) => (manifests.has(digest) ? [] : [digest]));
  const stored = missing.filter((digest) => {
    const found = sources.store.get(digest);
    if (found !== undefined) manifests.set(digest, found);
    return found === undefined;
  });
  if (missing.length === 0 || stored.length > most) return facts.manifests;
  try {
    await readAll(
      stored.map((digest) => [digest]),
      { name, manifests, sources },
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return manifests;
}
