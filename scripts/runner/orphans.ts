import { readdir, readFile } from "node:fs/promises";

/** A process that a step left behind. */
export type Orphan = { readonly pid: number; readonly name: string };

/**
 * Kills what a step left running and says what it was: the processes whose environment carries its tracking id, as the
 * runner does when a job ends (JobExtension.cs). It reads /proc; on other systems it finds nothing.
 */
export async function killOrphans(trackingId: string): Promise<Orphan[]> {
  const mark = `RUNNER_TRACKING_ID=${trackingId}`;
  const pids = (await readdir("/proc").catch(() => [])).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const killed: Orphan[] = [];
  for (const pid of pids) {
    if (pid === process.pid) continue;
    // A process that is gone by now, or another user's, is none of ours.
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (!environment.split("\0").includes(mark)) continue;
    const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
    try {
      process.kill(pid, "SIGKILL");
      killed.push({ pid, name });
    } catch {
      // It went by itself in between.
    }
  }
  return killed;
}
