import type { DeleteReason, KeepReason } from "./plan.ts";

/** Why a version stays, for people; what is set in code by the caller is left plain. */
export function keepText(reason: KeepReason): string {
  switch (reason.why) {
    case "protected":
      return "protect-digests";
    case "keep-tags":
      return `keep-tags: ${reason.pattern}`;
    case "not-selected":
      return "not in delete-tags";
    case "young":
      return "not old enough";
    case "keep-last":
      return "keep-last";
    case "keep-untagged":
      return "keep-untagged";
    case "untagged-stay":
      return "delete-untagged is off";
    case "other-tags":
      return "has other tags";
    case "subject-elsewhere":
      return "about an image of another package";
    case "last-version":
      return "the last image of the package, which GitHub does not delete";
    case "unreadable":
      return `a manifest could not be read: ${short(reason.digest)}`;
    case "needed":
      return `${reason.as} of ${short(reason.by)}, which stays`;
  }
}

/** Why a version goes, for people. */
export function deleteText(reason: DeleteReason): string {
  switch (reason.why) {
    case "old":
      return "old";
    case "untagged":
      return "no tag leads to it";
    case "orphan":
      return "what it is about is gone";
    case "left-over":
      return "left by a run that was stopped";
    case "goes-with":
      return `only ${short(reason.root)} needs it`;
  }
}

/** Enough of a digest to find it. */
export function short(digest: string): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return `${algorithm}:${hex.slice(0, 12)}`;
}

/** `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [value, unit] = [bytes, 0];
  for (; value >= 1_023.5 && unit < units.length - 1; unit++) value /= 1_024;
  return `${unit === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`;
}
