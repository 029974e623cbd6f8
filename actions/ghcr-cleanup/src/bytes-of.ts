import { freedBytes } from "./bytes.ts";
import { deletionsOf, type PackageResult } from "./result.ts";

/** The bytes that a package's deletions have freed, or would; undefined where they were not counted. */
export function bytesOf(result: PackageResult): number | undefined {
  const { work, done } = result;
  if (work === undefined || done === undefined) return work?.bytes;
  const deleted = done.deletions
    .filter(({ fate }) => fate.state === "deleted")
    .map(({ deletion }) => deletion);
  if (deleted.length > 0 && work.bytes === undefined) return undefined;
  const others = deletionsOf(result).filter(({ fate }) => fate.state !== "deleted" && fate.state !== "gone");
  const keep = [...work.plan.keep, ...others.map(({ deletion }) => deletion)];
  return freedBytes(
    { keep: keep.map(({ version }) => ({ version, reason: { why: "protected" } })), delete: deleted },
    work.facts.manifests,
  );
}

/** The sum over packages; undefined when one of them is not known. */
export function totalBytes(packages: readonly PackageResult[]): number | undefined {
  let total = 0;
  for (const each of packages) {
    const bytes = bytesOf(each);
    if (bytes === undefined) return undefined;
    total += bytes;
  }
  return total;
}
