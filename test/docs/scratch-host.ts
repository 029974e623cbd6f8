import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { locate } from "../support/needs.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { type Started, start } from "../support/started.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** A server that was just installed: this machine's programs, a disk and a network of its own. What it does stays there. */
export type ScratchHost = {
  readonly sshd: Sshd;
  /** The words by which a program of the machine runs there. */
  readonly through: readonly string[];
  /** Runs a script as root there, in a folder that holds copies of these files of the repository; its output. */
  readonly asRoot: (script: string, files?: readonly string[], ...args: readonly string[]) => Promise<string>;
  /** The status and the body with which its web server answers for a host name. */
  readonly ask: (host: string, address: string) => Promise<string>;
  readonly stop: () => Promise<void>;
};

// The whole machine below a layer that takes what is written; /tmp is shared, for the files of the tests.
const HOLD = `set -e
"$1" link set lo up
mount -t tmpfs tmpfs "$2"
mkdir "$2/upper" "$2/work" "$2/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$2/upper,workdir=$2/work" "$2/root"
for each in proc dev sys tmp; do mount --rbind "/$each" "$2/root/$each"; done
mount -t tmpfs tmpfs "$2/root/run"
mkdir -p "$2/root/run/sshd" "$2/root/run/lock" "$2/root/run/user"
echo ready
exec sleep infinity`;

/** Starts one. Tests that use it need "namespaces", "sshd" and "nginx". */
export async function startScratchHost(): Promise<ScratchHost> {
  const temp = makeTempDir("scratch-host");
  chmodSync(temp.path, 0o755);
  const disk = path.join(temp.path, "disk");
  mkdirSync(disk);
  const holder = await start({
    command: "unshare",
    args: ["--net", "--mount", "sh", "-c", HOLD, "hold", locate("namespaces"), disk],
    ready: /^ready/m,
  });
  const through = [
    ...["nsenter", `--net=/proc/${holder.pid}/ns/net`, `--mount=/proc/${holder.pid}/ns/mnt`],
    ...["chroot", path.join(disk, "root")],
  ];
  const inside = (...words: readonly string[]): Promise<string> => run([...through, ...words]);
  const sshd = await startSshd({
    through,
    // As the server's own configuration has it, and not as that of the tests.
    config: ["AuthorizedKeysFile .ssh/authorized_keys", "StrictModes yes", "SetEnv HOME=/home/deploy"],
  });
  const asRoot: ScratchHost["asRoot"] = (script, files = [], ...args) => {
    const folder = makeTempDir("root");
    for (const file of files)
      cpSync(path.join(REPOSITORY, file), path.join(folder.path, path.basename(file)));
    const file = path.join(folder.path, "as-root");
    writeFileSync(file, `set -eu\n${SUDO}\ncd "$(dirname "$0")"\n${script}`);
    return inside("sh", file, ...args).finally(() => folder.remove());
  };
  await standIns(temp.path, asRoot);
  await asRoot(`echo '${sshd.hostKey("ed25519")} host' >/etc/ssh/ssh_host_ed25519_key.pub`);
  const [command = "", ...words] = [...through, locate("nginx"), "-g", "daemon off;"];
  const ask: ScratchHost["ask"] = (host, address) =>
    inside("curl", "-q", "-sS", "--noproxy", "*", "-H", `Host: ${host}`, "-w", "\n%{http_code}", address);
  const nginx: Started = await start({
    command,
    args: words,
    ready: () =>
      ask("any", "http://127.0.0.1/").then(
        () => true,
        () => false,
      ),
  });
  return {
    ...{ sshd, through, asRoot, ask },
    stop: async () => {
      await asRoot(
        'for unit in /run/user/*/*; do [ ! -f "$unit" ] || kill -KILL "-$(cat "$unit")" || true; done',
      );
      await nginx.stop();
      await sshd.stop();
      await holder.stop();
      temp.remove();
    },
  };
}

// What the pages write before commands; here everybody is root to begin with.
const SUDO =
  'sudo() { if [ "$1" = -u ]; then shift 2; setpriv --reuid=deploy --regid=deploy --init-groups "$@"; else "$@"; fi; }';

/** What a namespace cannot have is systemd. These do what the pages ask of it, and refuse everything else. */
async function standIns(folder: string, asRoot: ScratchHost["asRoot"]): Promise<void> {
  const programs = { loginctl: LOGINCTL, systemctl: SYSTEMCTL, "systemd-run": SYSTEMD_RUN };
  for (const [name, text] of Object.entries(programs)) {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    await asRoot(`cp ${file} /usr/local/bin/`);
  }
}

const LOGINCTL = `#!/bin/sh
set -eu
[ "$1" = enable-linger ] && [ $# = 2 ]
install -d -o "$2" -m 700 "/run/user/$(id -u "$2")"
`;

const SYSTEMCTL = `#!/bin/sh
set -eu
[ "$1 $2" = "--user stop" ] && [ $# = 3 ]
unit=$XDG_RUNTIME_DIR/$3
[ -f "$unit" ] || { echo "Unit $3 not loaded." >&2; exit 5; }
pid=$(cat "$unit")
kill -TERM "-$pid" 2>/dev/null || true
while kill -0 "-$pid" 2>/dev/null; do sleep 0.05; done
rm "$unit"
`;

const SYSTEMD_RUN = `#!/bin/sh
set -eu
unit= directory= names=
while :; do
  case $1 in
    --user | --quiet | --collect | --property=Restart=always) ;;
    --unit=*) unit=\${1#*=} ;;
    --working-directory=*) directory=\${1#*=} ;;
    --setenv=*=*) echo "a value in the command line" >&2; exit 1 ;;
    --setenv=*) names="$names \${1#*=}" ;;
    -*) echo "not known here: $1" >&2; exit 1 ;;
    *) break ;;
  esac
  shift
done
cd "$directory"
# Nothing of the environment goes along but what was named.
for name in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do
  case " $names HOME XDG_RUNTIME_DIR " in *" $name "*) ;; *) unset "$name" ;; esac
done
setsid sh -c 'echo $$ >"$XDG_RUNTIME_DIR/$0"; exec "$@"' "$unit" "$@" >/dev/null 2>&1 9>&- </dev/null &
`;

const execute = promisify(execFile);

async function run([command = "", ...args]: readonly string[]): Promise<string> {
  try {
    return (await execute(command, args)).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${args.join(" ")} failed on the scratch host:\n${stdout}\n${stderr}`, { cause: error });
  }
}
