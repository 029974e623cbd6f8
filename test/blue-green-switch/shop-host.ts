import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type RunningAction, runAction } from "../../scripts/runner/run-action.ts";
import { locate } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { start } from "../support/started.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const run = promisify(execFile);
const BUILT_ACTION = path.join(REPOSITORY, "build/dist/blue-green-switch");

/** A host with sshd, nginx and the scripts by which the colours of a shop are started and stopped. */
export type ShopHost = {
  readonly sshd: Sshd;
  /** As SSH inputs and `hosts` name it. */
  readonly address: string;
  /** Its folder by the path that it has on the host, and where this process finds the same. */
  readonly directory: string;
  readonly outside: string;
  readonly stateDir: string;
  /** What the router answers now. */
  readonly served: () => Promise<{ readonly status: number; readonly text: string }>;
  readonly publicUrl: string;
  /** The parts of the config that are about this host. */
  readonly config: () => Readonly<Record<string, unknown>>;
  /** How the application behaves when it is started next. */
  readonly behave: (how: Behaviour) => void;
  /** The releases that answer on the ports of the colours, whichever the router serves. */
  readonly running: () => Promise<readonly string[]>;
  /** Resolves when nothing is under way. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** `slow`: healthy after a while; `never`: not at all; `sick-later`: no more once it is watched after the switch. */
export type Behaviour = "well" | "slow" | "never" | "sick-later";

/** The ports of a host. Hosts of one config have the same ones. */
export type ShopPorts = { readonly router: number; readonly blue: number; readonly green: number };

/** A host of its own on this machine: other network, and its own folder at a path that all of them share. */
export type Place = {
  readonly directory: string;
  readonly outside: string;
  readonly ports: ShopPorts;
  /** The words by which a command runs there. */
  readonly through: readonly string[];
};

export async function shopPorts(): Promise<ShopPorts> {
  return { router: await freePort(), blue: await freePort(), green: await freePort() };
}

/** Starts it. The first answers come from nginx alone (502), until something is deployed. */
export async function startShopHost(
  place?: Place,
  environment: Readonly<Record<string, string>> = {},
): Promise<ShopHost> {
  const temp = makeTempDir("shop");
  const { directory, outside, through } = place ?? { directory: temp.path, outside: temp.path, through: [] };
  const ports = place?.ports ?? (await shopPorts());
  const { router, blue, green } = ports;
  const stateDir = path.join(directory, "state");
  const shop = path.join(outside, "state/shop");
  chmodSync(outside, 0o711);
  mkdirSync(path.join(outside, "nginx"));
  mkdirSync(path.join(shop, "switch"), { recursive: true });
  for (const each of [path.dirname(shop), shop]) chmodSync(each, 0o711);
  const behaviour = path.join(outside, "behaviour");
  writeFileSync(behaviour, "well");
  writeFileSync(path.join(outside, "app.mjs"), APP);
  writeFileSync(path.join(outside, "start.sh"), startScript(directory));
  writeFileSync(path.join(outside, "stop.sh"), stopScript(directory));
  const configuration = path.join(directory, "nginx/nginx.conf");
  writeFileSync(
    path.join(outside, "nginx/nginx.conf"),
    nginxConfiguration({ directory, stateDir, ...ports }),
  );
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const sshd = await startSshd({
    ...(place === undefined ? {} : { through }),
    // One line for all of them: the first one is taken.
    ...(variables.length === 0 ? {} : { config: [`SetEnv HOME=${directory} ${variables.join(" ")}`] }),
  });
  const publicUrl = `http://127.0.0.1:${router}/health`;
  const served = async () => {
    const curl = ["curl", "-q", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", publicUrl];
    const [program = "", ...args] = [...through, ...curl];
    const { stdout } = await run(program, args);
    const [, text = "", status] = /^(.*)\n(\d+)$/s.exec(stdout) ?? [];
    return { status: Number(status), text };
  };
  const [command = "", ...words] = [...through, locate("nginx")];
  const nginx = await start({
    command,
    args: [
      ...words,
      ...["-c", configuration, "-p", path.join(directory, "nginx"), "-e", "stderr", "-g", "daemon off;"],
    ],
    ready: () =>
      served().then(
        () => true,
        () => false,
      ),
  });
  return {
    sshd,
    address: `${sshd.user}@127.0.0.1:${sshd.port}`,
    directory,
    outside,
    stateDir,
    publicUrl,
    served,
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
      stability: "500ms",
      settle: "200ms",
      drain: "300ms",
      "stop-within": "5s",
      "state-dir": stateDir,
    }),
    behave: (how) => writeFileSync(behaviour, how),
    running: async () => {
      const answers = await Promise.all([blue, green].map((port) => releaseAt(port)));
      return answers.filter((release) => release !== undefined);
    },
    settled: async () => {
      const signs = ["journal", "owner"].map((name) => path.join(shop, name));
      while (signs.some((sign) => existsSync(sign))) await new Promise((resolve) => setTimeout(resolve, 30));
    },
    stop: async () => {
      for (const color of ["blue", "green"]) kill(path.join(outside, `${color}.pid`));
      await nginx.stop();
      await sshd.stop();
      temp.remove();
    },
  };
}

function releaseAt(port: number): Promise<string | undefined> {
  return fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: "close" } }).then(
    async (answer) => String(JSON.parse(await answer.text()).release),
    () => undefined,
  );
}

function kill(file: string): void {
  try {
    process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
  } catch {
    // It does not run.
  }
}

export type Switching = RunningAction & {
  /** Resolves when a line of the log matches; rejects when the action ends before that. */
  readonly seen: (pattern: RegExp) => Promise<void>;
};

/** Runs the built action against a host, with a config as a value. */
export function switchOn(
  host: ShopHost,
  inputs: Readonly<Record<string, string>>,
  config: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
): Switching {
  const ssh = {
    "ssh-host": host.address,
    "ssh-key": host.sshd.clientKey(),
    "ssh-known-hosts": host.sshd.knownHostsLine(),
  };
  return runSwitch({ ...ssh, ...inputs }, { ...host.config(), ...config }, env);
}

/** Runs the built action with a config as a value. */
export function runSwitch(
  inputs: Readonly<Record<string, string>>,
  config: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Switching {
  const workspace = makeTempDir("workspace");
  writeFileSync(path.join(workspace.path, "bg.yml"), stringify(config));
  let log = "";
  let changed = () => {};
  const running = runAction({
    dir: BUILT_ACTION,
    onLine: ({ text }) => {
      log += `${text}\n`;
      changed();
    },
    cwd: workspace.path,
    inputs: { config: "bg.yml", ...inputs },
    env,
  });
  return {
    ...running,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        changed = () => pattern.test(log) && resolve();
        changed();
        running.done.then(() => reject(new Error(`it ended without ${pattern}:\n${log}`)), reject);
      }),
  };
}

const APP = `import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
const { JOURNAL, PORT, RELEASE, COLOR, BEHAVE } = process.env;
const born = Date.now();
const server = createServer((request, response) => {
  const watched = () => existsSync(JOURNAL) && /^phase=switched$/m.test(readFileSync(JOURNAL, "utf8"));
  const early = Date.now() - born < 2000;
  const sick = BEHAVE === "never" || (BEHAVE === "sick-later" && watched()) || (BEHAVE === "slow" && early);
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
  return `JOURNAL=${directory}/state/shop/journal BEHAVE=$(cat ${directory}/behaviour) setsid ${process.execPath} ${directory}/app.mjs </dev/null >${directory}/$COLOR.log 2>&1 &
echo $! >${directory}/$COLOR.pid
`;
}

function stopScript(directory: string): string {
  return `[ -s ${directory}/$COLOR.pid ] || exit 0
pid=$(cat ${directory}/$COLOR.pid)
kill "$pid" 2>/dev/null
n=0
while kill -0 "$pid" 2>/dev/null && ! grep -q ') Z ' "/proc/$pid/stat" 2>/dev/null; do
  n=$((n + 1))
  [ $n -lt 200 ] || { kill -9 "$pid"; break; }
  sleep 0.02
done
rm -f ${directory}/$COLOR.pid
`;
}

type Places = ShopPorts & { readonly directory: string; readonly stateDir: string };

function nginxConfiguration({ directory, stateDir, router, blue, green }: Places): string {
  const own = `${directory}/nginx`;
  return `pid ${own}/pid;
error_log ${own}/error.log;
worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path ${own}/body; proxy_temp_path ${own}/proxy; fastcgi_temp_path ${own}/f; uwsgi_temp_path ${own}/u; scgi_temp_path ${own}/s;
  upstream shop_blue { server 127.0.0.1:${blue}; keepalive 32; keepalive_timeout 1s; }
  upstream shop_green { server 127.0.0.1:${green}; keepalive 32; keepalive_timeout 1s; }
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
