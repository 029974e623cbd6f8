import { execFile, execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { partOf } from "../../scripts/system/parts.ts";
import { locate } from "../support/needs.ts";
import { start } from "../support/started.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import type { ScratchHost } from "./scratch-host.ts";

const run = promisify(execFile);

export type DockerThere = {
  /** What a client outside of the server needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Address of a registry that everybody on the server may pull from. */
  readonly registry: string;
  readonly docker: (...args: readonly string[]) => Promise<string>;
  readonly stop: () => Promise<void>;
};

/**
 * Starts a Docker Engine and a registry on a scratch host, with an image `shop:built` of BusyBox, whose shell runs
 * `command`, and `npm` as a program that says what it was asked. Tests that use it need "docker", "docker-compose",
 * "docker-registry" and "busybox".
 */
export async function dockerOn(host: ScratchHost, command: string): Promise<DockerThere> {
  const temp = makeTempDir("docker-there");
  chmodSync(temp.path, 0o755);
  const inside = (name: string) => path.join(temp.path, name);
  const socket = `unix://${inside("d.sock")}`;
  const [program = "", ...words] = host.through;
  const there = (args: readonly string[], ready: RegExp | (() => Promise<boolean>)) =>
    start({ command: program, args: [...words, ...args], ready, readyWithin: 60_000, stopWithin: 20_000 });
  const engine = await there(
    [
      ...[locate("docker"), "--data-root", inside("data"), "--exec-root", inside("exec")],
      ...["--pidfile", inside("pid"), "-H", socket, "-H", "unix:///var/run/docker.sock"],
      ...["--storage-driver", "overlay2", "--bridge", "none", "--iptables=false", "--ip6tables=false"],
    ],
    /API listen on .*d\.sock/,
  );
  writeFileSync(
    inside("registry.yml"),
    `version: 0.1\nstorage: { filesystem: { rootdirectory: ${inside("registry")} } }\nhttp: { addr: "127.0.0.1:5000" }\n`,
  );
  const registry = await there([locate("docker-registry"), "serve", inside("registry.yml")], () =>
    host.ask("any", "http://127.0.0.1:5000/v2/").then(
      (answer) => answer.endsWith("200"),
      () => false,
    ),
  );
  const compose = partOf("docker-compose").find() ?? "";
  copyFileSync(compose, inside("docker-compose"));
  await host.asRoot(
    `install -D -m 755 ${inside("docker-compose")} /usr/libexec/docker/cli-plugins/docker-compose`,
  );
  const env = { DOCKER_HOST: socket };
  const docker = async (...args: readonly string[]) =>
    (
      await run("docker", args, { env: { ...env, PATH: process.env["PATH"], HOME: temp.path } })
    ).stdout.trim();
  await makeImage(inside("root"), command, (archive) =>
    docker("import", "--change", 'CMD ["/bin/sh", "/start"]', archive, "shop:built"),
  );
  return {
    ...{ env, docker, registry: "127.0.0.1:5000" },
    stop: async () => {
      const all = await docker("ps", "-aq").catch(() => "");
      if (all !== "") await docker("rm", "-f", ...all.split("\n")).catch(() => "");
      await registry.stop();
      await engine.stop();
      await host.asRoot(`grep -o '${temp.path}/[^ ]*' /proc/mounts | xargs -r umount -l || true`);
      temp.remove();
    },
  };
}

async function makeImage(
  root: string,
  command: string,
  load: (archive: string) => Promise<unknown>,
): Promise<void> {
  mkdirSync(path.join(root, "bin"), { recursive: true });
  mkdirSync(path.join(root, "tmp"));
  const busybox = locate("busybox");
  copyFileSync(busybox, path.join(root, "bin/busybox"));
  const linked = await run("ldd", [busybox]).catch(() => ({ stdout: "" })); // it is static, or not
  for (const [, library = ""] of linked.stdout.matchAll(/(?:^|\s)(\/\S+) \(0x/gm)) {
    mkdirSync(path.join(root, path.dirname(library)), { recursive: true });
    copyFileSync(library, path.join(root, library));
  }
  for (const each of ["sh", "httpd", "mkdir"]) symlinkSync("busybox", path.join(root, "bin", each));
  writeFileSync(path.join(root, "bin/npm"), '#!/bin/sh\necho "npm was asked to $*"\n', { mode: 0o755 });
  writeFileSync(path.join(root, "start"), command);
  execFileSync("tar", ["-C", root, "-cf", `${root}.tar`, "."]);
  await load(`${root}.tar`);
}
