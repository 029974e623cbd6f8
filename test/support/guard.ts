import { spawn } from "node:child_process";
import type { Socket } from "node:net";

// The guard reads from a pipe that only this process holds open. The kernel closes it when the process ends,
// however it ends (vitest ends its workers by SIGTERM, and SIGKILL runs no handler at all): then it acts.
const SCRIPT = 'trap "" HUP INT TERM; while read -r _; do :; done; "$@"';

/**
 * Has a command run as soon as this process is gone, however it ended.
 * Returns the function that calls it off.
 */
export function whenThisProcessEnds(command: string, ...args: readonly string[]): () => void {
  const guard = spawn("sh", ["-c", SCRIPT, "guard", command, ...args], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  guard.stdin.on("error", () => undefined);
  return () => {
    guard.kill("SIGKILL");
    guard.stdin.destroy();
  };
}
