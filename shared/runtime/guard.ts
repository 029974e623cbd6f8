import { spawn } from "node:child_process";
import type { Socket } from "node:net";

// It reads from a pipe that only this process holds open: the kernel closes it when the process ends, however it does.
// A server gets five seconds to end its own children, as PostgreSQL would insist on by itself.
const SCRIPT = `
trap "" HUP INT TERM
while read -r _; do :; done
if [ "$1" -gt 0 ] && kill -s QUIT "$1"; then
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -s 0 "$1" || break; sleep 0.5; done
fi
shift
rm -rf -- "$@"`;

export type Guarded = {
  /** A server that is ended (SIGQUIT). */
  readonly server?: number | undefined;
  /** Directories that are removed with all that is in them; a file, too. */
  readonly directories: readonly string[];
};

/**
 * Has a server ended and directories removed as soon as this process is gone, even if it is killed: what must not
 * outlive a run though no clean-up of its own is left to do it. Returns the function that calls it off.
 */
export function whenKilled({ server = 0, directories }: Guarded): () => void {
  const guard = spawn("/bin/sh", ["-c", SCRIPT, "guard", String(server), ...directories], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
  });
  guard.on("error", () => undefined); // Without a shell there is no guard, and the clean-up at the end is all there is.
  guard.unref();
  guard.stdin.on("error", () => undefined);
  (guard.stdin as Socket).unref(); // Not to be waited for.
  return () => {
    guard.kill("SIGKILL");
    guard.stdin.destroy();
  };
}
