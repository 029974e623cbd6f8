import { randomUUID } from "node:crypto";
import { GitHubError } from "../../../shared/github/client.ts";
import { RegistryError } from "../../../shared/registry/registry.ts";
import type { Applying } from "./apply.ts";
import { remove } from "./delete-version.ts";
import { sameTags } from "./gather.ts";
import { REMOVED_TAG } from "./read-manifest.ts";
import type { Version } from "./version.ts";
import type { UntagFate } from "./work.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
// A listing shows what was pushed a moment later.
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Takes one tag from a version that has others, for which GitHub has no call: pushes a manifest of nothing under the
 * tag, which moves the tag alone, and deletes the version that this has made, found by its own digest. Stopped in
 * between, it leaves that version behind; the annotation says so to the next run, which deletes it.
 */
export async function untag(
  name: string,
  version: Pick<Version, "id" | "digest" | "tags">,
  tag: string,
  to: Applying,
): Promise<UntagFate> {
  const { api, registry, owner, grace } = to;
  try {
    const now = await api.version(name, version.id);
    if (now === undefined || now.digest !== version.digest || !now.tags.includes(tag)) {
      return { state: "saved", why: "the tag is not there any more" };
    }
    if (!sameTags(now.tags, version.tags)) return { state: "saved", why: "the image has other tags now" };
    const repository = `${owner}/${name}`.toLowerCase();
    // The API lags behind, the registry, which looks again, does not; a push after that cannot be told from none.
    const manifest = { mediaType: INDEX, bytes: Buffer.from(nothingWith(tag)) };
    const digest = await registry.replaceManifest(repository, tag, version.digest, manifest, grace);
    if (digest === undefined) return { state: "saved", why: "the tag has moved to another image" };
    return await takeAway(name, digest, tag, to);
  } catch (error) {
    if (error instanceof RegistryError) {
      const denied = error.status === 401 || error.status === 403;
      return { state: "failed", why: `the registry did not take the push (${error.message})`, denied };
    }
    if (error instanceof GitHubError) return { state: "failed", why: error.message };
    throw error;
  }
}

/** The random part makes a digest that nobody else has: found by it, no other version can be meant. */
function nothingWith(tag: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [],
    annotations: { [REMOVED_TAG]: tag, "org.opencontainers.image.title": `removed ${randomUUID()}` },
  });
}

async function takeAway(name: string, digest: string, tag: string, to: Applying): Promise<UntagFate> {
  const { api, clock, signal, grace } = to;
  for (const pause of PAUSES_MS) {
    const found = (await api.newest(name, (each) => each.digest !== digest, grace)).find(
      (each) => each.digest === digest,
    );
    if (found !== undefined) {
      const now = await api.version(name, found.id, grace);
      // Whoever has pushed under this tag since has taken it over.
      const alone = now?.digest === digest && now.tags.every((each) => each === tag);
      if (!alone) return now === undefined ? { state: "done" } : { state: "saved", why: "the tag came back" };
      const { fate, denied } = await remove(name, found, to);
      if (fate.state === "deleted" || fate.state === "gone") return { state: "done" };
      // A token that may push and not delete leaves one behind in every run.
      const state = denied === undefined ? "left" : "failed";
      return { state, why: `${LEFT_BEHIND} (${"why" in fate ? fate.why : fate.state})` };
    }
    if (signal.aborted) break;
    await clock.sleep(pause, grace);
  }
  return { state: "left", why: `${LEFT_BEHIND}: the listing does not show it yet` };
}

const LEFT_BEHIND = "the tag is off the image; the empty version that has it now is left to the next run";
