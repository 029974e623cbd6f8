import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { folder } from "./backup.ts";

/**
 * A directory with a stand-in for the docker program, which runs `docker exec` commands on this machine: with an empty
 * environment, as in a container, and only for this container. It refuses everything but `exec -i <container>`.
 */
export function fakeDocker(container: string, programs: string): string {
  const directory = folder("docker").path;
  const file = path.join(directory, "docker");
  writeFileSync(
    file,
    `#!/bin/sh
[ "$1" = exec ] && [ "$2" = -i ] || { echo "unknown: $*" >&2; exit 125; }
shift 2
[ "$1" = '${container}' ] || { echo "Error response from daemon: No such container: $1" >&2; exit 1; }
shift
# As docker does it: a process of its own, whose output comes by way of this one. It goes on when this one is ended,
# which is a good end on SIGTERM.
ways=$(mktemp -d)
mkfifo "$ways/out" "$ways/err"
exec 3<&0
cat < "$ways/out" & out=$!
cat < "$ways/err" >&2 & err=$!
setsid env -i PATH='${programs}':/usr/bin:/bin "$@" <&3 3<&- > "$ways/out" 2> "$ways/err" &
program=$!
trap 'kill -9 $out $err; rm -r "$ways"; exit 0' TERM
wait $program
code=$?
wait $out $err
rm -r "$ways"
exit $code
`,
  );
  chmodSync(file, 0o755);
  return directory;
}
