import type { Manifests } from "./manifest.ts";
import type { Plan } from "./plan.ts";

/**
 * The bytes of manifests, layers and configurations that no version of the package uses after the plan; `undefined`
 * when a manifest is not known, because it might share any layer.
 */
export function freedBytes(
  { keep, delete: going }: Pick<Plan, "keep" | "delete">,
  manifests: Manifests,
): number | undefined {
  if (going.length === 0) return 0;
  const used = new Set<string>();
  for (const { version } of keep) {
    const manifest = manifests.get(version.digest);
    if (manifest === undefined || !("children" in manifest)) return undefined;
    for (const { digest } of manifest.blobs) used.add(digest);
  }
  let bytes = 0;
  for (const { version } of going) {
    const manifest = manifests.get(version.digest);
    if (manifest === undefined || !("children" in manifest)) return undefined;
    bytes += manifest.size;
    for (const { digest, size } of manifest.blobs) {
      if (used.has(digest)) continue;
      used.add(digest);
      bytes += size;
    }
  }
  return bytes;
}
