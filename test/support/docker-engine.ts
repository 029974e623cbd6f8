import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { partOf } from "../../scripts/system/parts.ts";
import { descendants } from "./descendants.ts";
import { locate } from "./needs.ts";
import { freePort } from "./ports.ts";
import { type Started, start } from "./started.ts";
import { makeTempDir } from "./temp-dir.ts";

const run = promisify(execFile);

export type DockerEngine = {
  /** What clients need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the client; gives what it prints. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  /** Makes an image of BusyBox that runs a command of its shell, under a name. */
  readonly image: (name: string, command: string) => Promise<void>;
  /** Ends the engine at once, and with it everything that it runs through; `again` brings it back. */
  readonly kill: () => Promise<void>;
  readonly again: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts a Docker Engine of its own. Tests that use it need "docker" and "busybox". */
export async function startDockerEngine(): Promise<DockerEngine> {
  const temp = makeTempDir("docker");
  const inside = (name: string) => path.join(temp.path, name);
  const socket = inside("d.sock");
  const client = { PATH: process.env["PATH"] ?? "", HOME: temp.path, DOCKER_HOST: `unix://${socket}` };
  const docker = async (...args: readonly string[]) =>
    (await run("docker", args, { env: client, maxBuffer: 2 ** 24 })).stdout.trim();
  // A bridge of its own and no rules of the kernel's firewall: other engines of this machine have theirs. Published
  // ports of 127.0.0.1 go through docker-proxy.
  const bridge = `bg${process.pid % 1e6}`;
  await run("ip", ["link", "add", bridge, "type", "bridge"]);
  await run("ip", ["address", "add", "198.18.7.1/24", "dev", bridge]);
  const launch = (): Promise<Started> =>
    start({
      command: locate("docker"),
      args: [
        ...["--data-root", inside("data"), "--exec-root", inside("exec"), "--pidfile", inside("pid")],
        ...["-H", `unix://${socket}`, "--storage-driver", "overlay2"],
        ...["--bridge", bridge, "--iptables=false", "--ip6tables=false"],
      ],
      ready: /API listen on/,
      readyWithin: 60_000,
      stopWithin: 20_000,
    });
  let engine = await launch();
  const compose = partOf("docker-compose").find();
  if (compose !== undefined) {
    mkdirSync(inside("client/cli-plugins"), { recursive: true });
    symlinkSync(compose, inside("client/cli-plugins/docker-compose"));
  }
  return {
    env: { DOCKER_HOST: client.DOCKER_HOST, DOCKER_CONFIG: inside("client") },
    docker,
    image: async (name, command) => {
      const root = inside("root");
      mkdirSync(path.join(root, "bin"), { recursive: true });
      mkdirSync(path.join(root, "tmp"), { recursive: true });
      copyFileSync(locate("busybox"), path.join(root, "bin/busybox"));
      for (const library of await librariesOf(locate("busybox"))) {
        mkdirSync(path.join(root, path.dirname(library)), { recursive: true });
        copyFileSync(library, path.join(root, library));
      }
      for (const each of ["sh", "httpd", "sleep", "mkdir", "nc"]) {
        try {
          symlinkSync("busybox", path.join(root, "bin", each));
        } catch {
          // From the image before.
        }
      }
      writeFileSync(path.join(root, "start"), command);
      const archive = inside("root.tar");
      await run("tar", ["-C", root, "-cf", archive, "."]);
      await docker("import", "--change", 'CMD ["/bin/sh", "/start"]', archive, name);
    },
    kill: async () => {
      const all = descendants(engine.pid);
      await engine.kill();
      for (const pid of all) await run("kill", ["-9", String(pid)]).catch(() => undefined);
      // A boot empties the folder in which these lie; a zombie of the old number would be taken for alive.
      for (const file of ["pid", "exec/containerd/containerd.pid"]) rmSync(inside(file), { force: true });
    },
    again: async () => {
      engine = await launch();
    },
    stop: async () => {
      const all = await docker("ps", "-aq").catch(() => "");
      if (all !== "") await docker("rm", "-f", ...all.split("\n")).catch(() => "");
      await engine.stop();
      for (const [, at = ""] of readFileSync("/proc/mounts", "utf8").matchAll(/^\S+ (\S+) /gm)) {
        if (at.startsWith(`${temp.path}/`)) await run("umount", ["-l", at]).catch(() => undefined);
      }
      await run("ip", ["link", "delete", bridge]).catch(() => undefined);
      temp.remove();
    },
  };
}

/** What a program is linked with, by absolute paths; nothing for one that needs nothing. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await run("ldd", [program]).catch(() => ({ stdout: "" }));
  return [...stdout.matchAll(/(?:^|\s)(\/\S+) \(0x/gm)].map(([, library = ""]) => library);
}

export type Registry = {
  readonly address: string;
  readonly user: string;
  readonly password: string;
  readonly stop: () => Promise<void>;
};

/** Starts a registry that wants a login. Tests that use it need "docker-registry". */
export async function startRegistry(): Promise<Registry> {
  const temp = makeTempDir("registry");
  const port = await freePort();
  const [user, password] = ["puller", "correct-horse-7"];
  // The registry takes bcrypt alone, which the C library knows.
  const { stdout: hash } = await run("perl", [
    "-e",
    "print crypt($ARGV[0], q($2b$05$abcdefghijklmnopqrstuu))",
    password,
  ]);
  const file = path.join(temp.path, "htpasswd");
  writeFileSync(file, `${user}:${hash}\n`);
  const config = path.join(temp.path, "config.yml");
  writeFileSync(
    config,
    `version: 0.1
storage: { filesystem: { rootdirectory: ${temp.path}/data } }
http: { addr: "127.0.0.1:${port}" }
auth: { htpasswd: { realm: test, path: ${file} } }
`,
  );
  const server = await start({
    command: locate("docker-registry"),
    args: ["serve", config],
    ready: () =>
      fetch(`http://127.0.0.1:${port}/v2/`).then(
        ({ status }) => status === 401,
        () => false,
      ),
  });
  return {
    address: `127.0.0.1:${port}`,
    user,
    password,
    stop: async () => {
      await server.stop();
      temp.remove();
    },
  };
}
