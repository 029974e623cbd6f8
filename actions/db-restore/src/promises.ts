import type { Failure } from "../../../shared/runtime/outcome.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";

/** What a drill promises: times in milliseconds, `undefined` for no promise. */
export type Promises = {
  readonly recoveryTarget: number | undefined;
  readonly maxAge: number | undefined;
};

/** Which promises were not kept, though the restore itself went well. `recoveryMs`: undefined where nothing was restored. Pure. */
export function brokenPromises(
  { recoveryTarget, maxAge }: Promises,
  { recoveryMs, ageMs }: { readonly recoveryMs: number | undefined; readonly ageMs: number },
): readonly Failure[] {
  const late = recoveryTarget !== undefined && recoveryMs !== undefined && recoveryMs > recoveryTarget;
  const old = maxAge !== undefined && ageMs > maxAge;
  return [
    ...(late
      ? [
          {
            title: "db-restore: recovery is too slow",
            message: `Recovery took ${formatDuration(recoveryMs)}, and recovery-target is ${formatDuration(recoveryTarget)}.`,
            hint: "The report has the time of each step: more jobs, a faster server, or a target that can be met.",
          },
        ]
      : []),
    ...(old
      ? [
          {
            title: "db-restore: the backup is too old",
            message: `The newest backup that qualifies is ${formatDuration(ageMs)} old, and max-age is ${formatDuration(maxAge)}.`,
            hint: "See whether backups are still made, and proven: what was written since would be lost.",
          },
        ]
      : []),
  ];
}
