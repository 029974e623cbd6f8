import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { locate } from "../support/needs.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { start } from "../support/started.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const run = promisify(execFile);

/** A Debian host with nginx as its packages leave it, in namespaces: /etc, /home and /var belong to it alone. */
export type DebianHost = {
  readonly sshd: Sshd;
  readonly publicKey: string;
  /** Runs a command there as root; gives what it prints. */
  readonly as: (user: string, script: string, input?: string) => Promise<string>;
  /** Puts a file there, as root. */
  readonly put: (file: string, text: string) => void;
  readonly stop: () => Promise<void>;
};

const OWN = ["/home", "/run", "/var/lib", "/var/log", "/root"];

/** Starts it. Tests that use it need "sshd", "nginx", "busybox" and "namespaces". */
export async function startDebianHost(): Promise<DebianHost> {
  const temp = makeTempDir("debian");
  const etc = path.join(temp.path, "etc");
  cpSync("/etc", etc, { recursive: true, verbatimSymlinks: true });
  const script = `"$1" link set lo up && mount --bind "$2" /etc
for each in ${OWN.join(" ")}; do mount -t tmpfs -o mode=755 none $each; done
mkdir -p /run/sshd /var/lib/nginx /var/log/nginx && echo ready && exec sleep infinity`;
  const holder = await start({
    command: "unshare",
    args: ["--net", "--mount", "sh", "-c", script, "hold", locate("namespaces"), etc],
    ready: /ready/,
  });
  const through = ["nsenter", `--net=/proc/${holder.pid}/ns/net`, `--mount=/proc/${holder.pid}/ns/mnt`];
  const sshd = await startSshd({
    through,
    config: ["AuthorizedKeysFile .ssh/authorized_keys", "StrictModes yes", "SetEnv LANG=C"],
  });
  const key = path.join(temp.path, "key");
  writeFileSync(key, sshd.clientKey(), { mode: 0o600 });
  const { stdout: publicKey } = await run("ssh-keygen", ["-y", "-f", key]);
  return {
    sshd,
    publicKey,
    as: async (user, text, input = "") => {
      const [program = "", ...words] = [...through, "su", "-s", "/bin/sh", user, "-c", text];
      const child = run(program, words, { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
      child.child.stdin?.end(input);
      return (await child).stdout;
    },
    put: (file, text) => writeFileSync(path.join(temp.path, file), text),
    stop: async () => {
      await sshd.stop();
      await holder.stop();
      temp.remove();
    },
  };
}

/** The examples of the action's README, by what stands in them. */
export function readmeExample(holds: string): string {
  const text = readFileSync(path.join(REPOSITORY, "actions/blue-green-switch/README.md"), "utf8");
  const found = [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, body = ""]) => body);
  const example = found.find((body) => body.includes(holds));
  if (example === undefined) throw new Error(`no example in the README has ${holds}`);
  return example;
}
