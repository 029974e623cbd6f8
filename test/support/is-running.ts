import { readFileSync } from "node:fs";

/**
 * Whether a process runs. One that has ended and waits for its parent to notice (a zombie) does not: in a
 * container whose first process adopts orphans without reaping them, killed grandchildren stay that way.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    // proc(5): the state is the first field after the command's name in parentheses.
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "")[0] !== "Z";
  } catch {
    return process.platform !== "linux";
  }
}
