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
# As docker does it: a process of its own, which goes on when this one is killed.
exec 3<&0
setsid env -i PATH='${programs}':/usr/bin:/bin "$@" <&3 3<&- &
wait $!
`,
  );
  chmodSync(file, 0o755);
  return directory;
}
