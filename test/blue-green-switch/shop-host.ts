import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, type RunningAction, runAction } from "../../scripts/runner/run-action.ts";
import { locate } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { start } from "../support/started.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const BUILT_ACTION = path.join(REPOSITORY, "build/dist/blue-green-switch");

/** A host with sshd, nginx and the scripts by which the colours of a shop are started and stopped. */
export type ShopHost = {
  readonly sshd: Sshd;
  readonly directory: string;
  readonly stateDir: string;
  /** What the router answers now. */
  readonly served: () => Promise<{ readonly status: number; readonly text: string }>;
  readonly publicUrl: string;
  /** The parts of the config that are about this host. */
  readonly config: () => Readonly<Record<string, unknown>>;
  /** How the application behaves when it is started next: `well`, `never` (not healthy), `sick-later`. */
  readonly behave: (how: "well" | "never" | "sick-later") => void;
  readonly stop: () => Promise<void>;
};

/** Starts it. The first answers come from nginx alone (502), until something is deployed. */
export async function startShopHost(): Promise<ShopHost> {
  const temp = makeTempDir("shop");
  const directory = temp.path;
  const stateDir = path.join(directory, "state");
  const [router, blue, green] = [await freePort(), await freePort(), await freePort()];
  chmodSync(directory, 0o711);
  mkdirSync(path.join(directory, "nginx"));
  mkdirSync(path.join(stateDir, "shop/switch"), { recursive: true });
  for (const each of [stateDir, path.join(stateDir, "shop")]) chmodSync(each, 0o711);
  const behaviour = path.join(directory, "behaviour");
  writeFileSync(behaviour, "well");
  writeFileSync(path.join(directory, "app.mjs"), APP);
  writeFileSync(path.join(directory, "start.sh"), startScript(directory));
  writeFileSync(path.join(directory, "stop.sh"), stopScript(directory));
  const configuration = path.join(directory, "nginx/nginx.conf");
  writeFileSync(configuration, nginxConfiguration({ directory, stateDir, router, blue, green }));
  const sshd = await startSshd();
  const nginx = await start({
    command: locate("nginx"),
    args: ["-c", configuration, "-p", path.join(directory, "nginx"), "-g", "daemon off;"],
    ready: async () => (await fetch(`http://127.0.0.1:${router}/health`)).status > 0,
  });
  const publicUrl = `http://127.0.0.1:${router}/health`;
  return {
    sshd,
    directory,
    stateDir,
    publicUrl,
    served: async () => {
      const answer = await fetch(publicUrl, { headers: { connection: "close" } });
      return { status: answer.status, text: await answer.text() };
    },
    config: () => ({
      app: "shop",
      colors: { blue, green },
      start: {
        command: { start: `sh ${directory}/start.sh`, stop: `sh ${directory}/stop.sh` },
      },
      health: {
        path: "/health",
        contains: '"release":"${release}"',
        within: "8s",
        interval: "100ms",
        timeout: "2s",
      },
      router: { kind: "nginx", file: configuration },
      "public-url": publicUrl,
      stability: "1s",
      settle: "500ms",
      drain: "1s",
      "stop-within": "5s",
      "state-dir": stateDir,
    }),
    behave: (how) => writeFileSync(behaviour, how),
    stop: async () => {
      for (const color of ["blue", "green"]) kill(path.join(directory, `${color}.pid`));
      await nginx.stop();
      await sshd.stop();
      temp.remove();
    },
  };
}

function kill(file: string): void {
  try {
    process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
  } catch {
    // It does not run.
  }
}

/** Runs the built action against a host, with a config as a value. */
export function switchOn(
  host: ShopHost,
  inputs: Readonly<Record<string, string>>,
  config: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
): RunningAction & { readonly done: Promise<ActionResult> } {
  const workspace = makeTempDir("workspace");
  writeFileSync(path.join(workspace.path, "bg.yml"), stringify({ ...host.config(), ...config }));
  return runAction({
    dir: BUILT_ACTION,
    cwd: workspace.path,
    inputs: {
      config: "bg.yml",
      "ssh-host": `${host.sshd.user}@127.0.0.1:${host.sshd.port}`,
      "ssh-key": host.sshd.clientKey(),
      "ssh-known-hosts": host.sshd.knownHostsLine(),
      ...inputs,
    },
    env,
  });
}

const APP = `import { createServer } from "node:http";
const { PORT, RELEASE, COLOR, BEHAVE } = process.env;
const born = Date.now();
const server = createServer((request, response) => {
  const sick = BEHAVE === "never" || (BEHAVE === "sick-later" && Date.now() - born > 1200);
  response.statusCode = sick ? 500 : 200;
  response.end(JSON.stringify({ release: RELEASE, color: COLOR }));
});
server.keepAliveTimeout = 60_000;
server.listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
`;

function startScript(directory: string): string {
  return `BEHAVE=$(cat ${directory}/behaviour) setsid ${process.execPath} ${directory}/app.mjs </dev/null >${directory}/$COLOR.log 2>&1 &
echo $! >${directory}/$COLOR.pid
`;
}

function stopScript(directory: string): string {
  return `[ -s ${directory}/$COLOR.pid ] || exit 0
pid=$(cat ${directory}/$COLOR.pid)
kill "$pid" 2>/dev/null
n=0
while kill -0 "$pid" 2>/dev/null; do
  n=$((n + 1))
  [ $n -lt 40 ] || { kill -9 "$pid"; break; }
  sleep 0.1
done
rm -f ${directory}/$COLOR.pid
`;
}

type Places = {
  readonly directory: string;
  readonly stateDir: string;
  readonly router: number;
  readonly blue: number;
  readonly green: number;
};

function nginxConfiguration({ directory, stateDir, router, blue, green }: Places): string {
  const own = `${directory}/nginx`;
  return `pid ${own}/pid;
error_log ${own}/error.log;
worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path ${own}/body; proxy_temp_path ${own}/proxy; fastcgi_temp_path ${own}/f; uwsgi_temp_path ${own}/u; scgi_temp_path ${own}/s;
  upstream shop_blue { server 127.0.0.1:${blue}; keepalive 32; }
  upstream shop_green { server 127.0.0.1:${green}; keepalive 32; }
  server {
    listen 127.0.0.1:${router};
    open_file_cache off;
    set $shop_active shop_blue;
    if (-f ${stateDir}/shop/switch/green) { set $shop_active shop_green; }
    if (-f ${stateDir}/shop/switch/maintenance) { return 503; }
    location / { proxy_pass http://$shop_active; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
}
