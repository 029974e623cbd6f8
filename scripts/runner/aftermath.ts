import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

// Reads from a pipe that only this process holds open: the kernel closes it when the process ends, by a signal too
// (test runners end their workers that way, and no exit handler runs then).
const script = `
trap "" HUP INT TERM
groups=
while read -r what value; do
  case $what in
    folder) set -- "$@" "$value" ;;
    group) groups="$groups $value" ;;
    ended)
      rest=
      for group in $groups; do [ "$group" = "$value" ] || rest="$rest $group"; done
      groups=$rest
      ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
rm -rf -- "$@"
`;

let guard: ChildProcess | undefined;

/** Has a folder removed when this process has ended, however it ends. */
export function removeAfterwards(folder: string): void {
  tell(`folder ${folder}`);
}

/** Has a process group killed when this process has ended, however it ends. Call the result when the group has. */
export function killAfterwards(group: number): () => void {
  tell(`group ${group}`);
  return () => tell(`ended ${group}`);
}

function tell(line: string): void {
  guard ??= startGuard();
  guard.stdin?.write(`${line}\n`);
}

function startGuard(): ChildProcess {
  const child = spawn("sh", ["-c", script], {
    env: { PATH: process.env["PATH"] },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Neither may keep this process alive, and without a shell there is no guard.
  child.unref();
  (child.stdin as Socket).unref();
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  return child;
}
