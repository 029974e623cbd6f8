import { bytesOf } from "./bytes-of.ts";
import { deleteText, keepText } from "./reason-text.ts";
import { deletionsOf, type PackageResult, untagsOf } from "./result.ts";
import type { Version } from "./version.ts";

/** One package in the JSON report. */
export function packageReport(result: PackageResult): Record<string, unknown> {
  const { name, work, done, path } = result;
  const deletions = deletionsOf(result);
  return {
    name,
    versions: work?.facts.versions.length ?? 0,
    bytesFreed: bytesOf(result) ?? null,
    ...(done?.stopped === undefined ? {} : { stopped: done.stopped }),
    deleted: deletions.map(({ deletion: { version, reason }, fate }) => ({
      ...versionReport(version),
      reason: reason.why,
      because: deleteText(reason),
      state: fate.state,
      ...("why" in fate ? { why: fate.why } : {}),
      ...(fate.state === "deleted" || fate.state === "gone" ? { restore: restoreCall(path, version) } : {}),
    })),
    untagged: untagsOf(result).map(({ untag: { version }, tag, fate }) => ({
      digest: version.digest,
      tag,
      state: fate.state,
      ...(fate.why === undefined ? {} : { why: fate.why }),
    })),
    kept:
      work?.plan.keep.map(({ version, reason }) => ({
        ...versionReport(version),
        reason: reason.why,
        because: keepText(reason),
      })) ?? [],
  };
}

/** The call that brings a version back, for 30 days and while nothing else has taken its place. */
export function restoreCall(path: string, { id }: Version): string {
  return `POST /${path}/versions/${id}/restore`;
}

function versionReport({ id, digest, tags, createdAt, updatedAt }: Version) {
  const time = (ms: number | undefined): string | null =>
    ms === undefined ? null : new Date(ms).toISOString();
  return { id, digest, tags, created: time(createdAt), updated: time(updatedAt) };
}
