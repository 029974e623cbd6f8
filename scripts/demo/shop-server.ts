import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { freePort } from "../../test/support/ports.ts";
import { type Sshd, startSshd } from "../../test/support/sshd.ts";
import { portAccepts, start } from "../../test/support/started.ts";
import { makeTempDir } from "../../test/support/temp-dir.ts";
import { REPOSITORY } from "../bundle/repository.ts";
import { parts } from "../system/parts.ts";

/** A server on which the shop runs in two colours behind nginx, and which is reached over SSH. */
export type ShopServer = {
  readonly sshd: Sshd;
  /** The shop as its customers reach it. */
  readonly url: string;
  /** What in the config of the deploys is this server's own. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Resolves when a release has been switched to and is being watched, or when the signal aborts. */
  watched(release: string, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
};

const SOURCES = path.join(REPOSITORY, "examples/shop");

/** Starts it. Before the first deploy nginx has nothing to answer with. */
export async function startShopServer(): Promise<ShopServer> {
  const temp = makeTempDir("server");
  const directory = temp.path;
  // nginx may have workers of another user, who have to come through to the switch.
  chmodSync(directory, 0o711);
  const state = path.join(directory, "state");
  mkdirSync(path.join(directory, "nginx"), { recursive: true, mode: 0o711 });
  mkdirSync(path.join(state, "shop/switch"), { recursive: true, mode: 0o711 });
  const [port, blue, green] = [await freePort(), await freePort(), await freePort()];
  const script = (name: string, text: string): string => {
    const file = path.join(directory, `${name}.sh`);
    writeFileSync(file, text);
    return `sh ${file}`;
  };
  const environment = 'set -a\n. "$RELEASE_DIR/env.bluegreen"\nset +a\n';
  const file = path.join(directory, "nginx/nginx.conf");
  writeFileSync(file, nginx({ folder: path.dirname(file), state, port, blue, green }));
  const sshd = await startSshd();
  const program = parts.nginx.find() ?? "nginx";
  const args = ["-c", file, "-p", path.dirname(file), "-e", "stderr", "-g", "daemon off;"];
  const router = await start({ command: program, args, ready: portAccepts(port) });
  const node = `"${process.execPath}" --disable-warning=MODULE_TYPELESS_PACKAGE_JSON`;
  return {
    sshd,
    url: `http://127.0.0.1:${port}`,
    config: {
      colors: { blue, green },
      start: {
        command: {
          start: script(
            "start",
            `${environment}cd "${SOURCES}"\nsetsid ${node} src/server.ts </dev/null &\necho $! >"${directory}/$COLOR.pid"\n`,
          ),
          stop: script("stop", stopScript(directory)),
        },
      },
      migrate: { command: script("migrate", `${environment}cd "${SOURCES}" && ${node} src/migrate.ts\n`) },
      router: { kind: "nginx", file },
      "public-url": `http://127.0.0.1:${port}/health`,
      "state-dir": state,
    },
    watched: async (release, signal) => {
      const journal = path.join(state, "shop/journal");
      const isWatched = (text: string) =>
        text.includes("phase=switched") && text.includes(`release=${release}`);
      while (!signal.aborted && !isWatched(read(journal)))
        await new Promise((resolve) => setTimeout(resolve, 20));
    },
    stop: async () => {
      for (const color of ["blue", "green"]) killColor(path.join(directory, `${color}.pid`));
      await router.stop();
      await sshd.stop();
      temp.remove();
    },
  };
}

/** The text of a file; empty while there is none. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function stopScript(directory: string): string {
  return `pid=$(cat "${directory}/$COLOR.pid") || exit 0
kill "$pid" 2>/dev/null
while kill -0 "$pid" 2>/dev/null && ! grep -q ') Z ' "/proc/$pid/stat" 2>/dev/null; do sleep 0.05; done
rm -f "${directory}/$COLOR.pid"
`;
}

function killColor(file: string): void {
  try {
    execFileSync("kill", ["-9", readFileSync(file, "utf8").trim()], { stdio: "ignore" });
  } catch {
    // It does not run.
  }
}

type Places = {
  readonly folder: string;
  readonly state: string;
  readonly port: number;
  readonly blue: number;
  readonly green: number;
};

function nginx({ folder, state, port, blue, green }: Places): string {
  return `pid ${folder}/pid;
worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  upstream shop_blue { server 127.0.0.1:${blue}; keepalive 32; keepalive_timeout 1s; }
  upstream shop_green { server 127.0.0.1:${green}; keepalive 32; keepalive_timeout 1s; }
  server {
    listen 127.0.0.1:${port};
    open_file_cache off;
    set $active shop_blue;
    if (-f ${state}/shop/switch/green) { set $active shop_green; }
    if (-f ${state}/shop/switch/maintenance) { return 503; }
    location / { proxy_pass http://$active; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
}
