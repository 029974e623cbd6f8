import { spawn } from "node:child_process";

// It reads from a pipe that only this process holds open: the kernel closes it when the process ends, however it does.
// The server gets five seconds to end its own children, as it would insist on by itself.
const SCRIPT = `
trap "" HUP INT TERM
while read -r _; do :; done
kill -s QUIT "$1" || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -s 0 "$1" || break; sleep 0.5; done
shift
rm -rf -- "$@"`;

/**
 * Ends a server and removes its directories as soon as this process is gone, even if it is killed. Returns the function
 * that calls it off, for when the server has ended.
 */
export function endWithThisProcess(pid: number, directories: readonly string[]): () => void {
  const guard = spawn("/bin/sh", ["-c", SCRIPT, "guard", String(pid), ...directories], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
  });
  guard.on("error", () => undefined); // Without a shell there is no guard, and the server is still stopped at the end.
  guard.unref();
  guard.stdin.on("error", () => undefined);
  // Not to be waited for.
  (guard.stdin as unknown as { unref(): void }).unref();
  return () => {
    guard.kill("SIGKILL");
    guard.stdin.destroy();
  };
}
