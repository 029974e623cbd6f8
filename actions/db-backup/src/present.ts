// What the database server's clock may be ahead of the runner's, which is none of the two's fault.
const CLOCK_SKEW_MS = 5 * 60_000;
// From the snapshot to the time at which old backups go; a dump of terabytes takes this long at most.
const LONGEST_RUN_MS = 24 * 3_600_000;

/**
 * What counts as now for the age of backups: the runner's time, or that of the new backup's snapshot where the server's
 * clock is a little ahead. Whichever of the two clocks is ahead by more, it must not make all other backups look old.
 * Pure.
 */
export function timeForRetention(runner: number, snapshot: number): number {
  return Math.min(Math.max(runner, snapshot), runner + CLOCK_SKEW_MS, snapshot + LONGEST_RUN_MS);
}

/**
 * What counts as now for what other runs have begun: the earlier of the runner's time and that of the new backup's
 * snapshot, by the server's clock. One clock that is ahead makes nothing look abandoned that is being written. Pure.
 */
export function timeForSweeping(runner: number, snapshot: number): number {
  return Math.min(runner, snapshot);
}
