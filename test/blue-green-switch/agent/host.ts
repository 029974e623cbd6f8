import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../../../scripts/bundle/repository.ts";
import { hostScript } from "../../../scripts/docs/host-script.ts";
import { freePort } from "../../support/ports.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

/** The keys of a plan; null takes one away. */
export type PlanKeys = Readonly<Record<string, string | number | null>>;

export type AgentRun = {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly AgentLine[];
  /** The last event, if it is an end. */
  readonly end: AgentLine | undefined;
};

export type AgentLine = {
  readonly n: number;
  readonly phase: string;
  readonly level: string;
  readonly text: string;
  readonly data: Readonly<Record<string, string>>;
};

export type AgentHost = {
  readonly root: string;
  readonly directory: string;
  readonly ports: { readonly blue: number; readonly green: number; readonly router: number };
  /** Calls the script with these words, to its end. */
  readonly call: (words: readonly string[], options?: CallOptions) => Promise<AgentRun>;
  /** Hands a plan over and carries it out. */
  readonly deploy: (release: string, keys?: PlanKeys, options?: CallOptions) => Promise<AgentRun>;
  /** Hands a plan and files over, for a call of `run shop <deploy>`. */
  readonly hand: (deploy: string, keys: PlanKeys, files?: Readonly<Record<string, string>>) => void;
  readonly status: () => Promise<Readonly<Record<string, string>>>;
  /** A file of the application's folder, or undefined. */
  readonly read: (file: string) => string | undefined;
  /** How the release behaves when it is started: see `start.sh`. */
  readonly behave: (release: string, how: Behaviour) => void;
  /** Ends a colour at once, as a reboot of the host would. */
  readonly crash: (color: "blue" | "green") => void;
  /** The colours whose ports are served, by asking them. */
  readonly running: () => Promise<readonly string[]>;
  readonly remove: () => void;
};

export type Behaviour = "well" | "never" | "fails-to-start" | "mute";

export type CallOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Gets the child's process number. */
  readonly started?: (pid: number) => void;
};

export type HostOptions = {
  /** What runs the script. */
  readonly shell?: readonly string[];
  /** Folders of programs. */
  readonly path?: string;
  readonly router?: "nginx" | "haproxy" | "caddy" | "command";
  /** Keys for every plan of this host. */
  readonly keys?: PlanKeys;
  /** Files that come with every plan. */
  readonly files?: Readonly<Record<string, string>>;
  /** Changes the script before it is installed. */
  readonly change?: (script: string) => string;
};

/** Puts the agent into a folder of its own. Its colours are web servers of BusyBox that serve one file each. */
export async function makeAgentHost(options: HostOptions = {}): Promise<AgentHost> {
  const { shell = ["dash"], router = "nginx", change = (text) => text } = options;
  const script = await hostScript(REPOSITORY, "blue-green-switch");
  if (script === undefined) throw new Error("the action has no script for the host");
  const temp = makeTempDir("agent");
  const directory = temp.path;
  // The router's workers may be other users.
  chmodSync(directory, 0o711);
  const root = path.join(directory, "state");
  const home = path.join(root, "shop");
  for (const folder of [path.join(root, "bin"), home]) mkdirSync(folder, { recursive: true, mode: 0o711 });
  const agent = path.join(root, "bin/agent.sh");
  writeFileSync(agent, change(script.text), { mode: 0o700 });
  symlinkSync("agent.sh", path.join(root, "bin/bluegreen"));
  writeFileSync(path.join(directory, "start.sh"), startScript(directory));
  writeFileSync(path.join(directory, "stop.sh"), stopScript(directory));
  const ports = { blue: await freePort(), green: await freePort(), router: await freePort() };
  const file = (name: string) => path.join(home, name);
  const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined);

  const call = async (
    words: readonly string[],
    { env = {}, started }: CallOptions = {},
  ): Promise<AgentRun> => {
    const [program = "sh", ...before] = shell;
    const deploy = words[0] === "run" ? words[2] : (env["BLUEGREEN_DEPLOY"] ?? "");
    const child = spawn(program, [...before, path.join(root, "bin/bluegreen"), ...words], {
      env: { PATH: options.path ?? process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    started?.(child.pid ?? 0);
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    // Not "close": what the agent started may hold its output open for as long as it lives.
    const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const events = deploy === "" ? [] : eventsOf(read(`log/${deploy}.events`) ?? "");
    return { code, ...output, events, end: events.findLast(({ phase }) => phase === "end") };
  };

  const hand: AgentHost["hand"] = (deploy, keys, files = {}) => {
    const folder = file(`incoming/${deploy}`);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries({ ...options.files, ...files }))
      writeFileSync(path.join(folder, name), text, { mode: 0o600 });
    const plan = { ...defaultPlan(directory, ports, router), deploy, ...options.keys, ...keys };
    const lines = Object.entries(plan).flatMap(([key, value]) =>
      value === null ? [] : [`${key}=${value}\n`],
    );
    writeFileSync(path.join(folder, "plan"), lines.join(""), { mode: 0o600 });
  };

  let deploys = 0;
  return {
    root,
    directory,
    ports,
    call,
    hand,
    read,
    deploy: async (release, keys = {}, callOptions = {}) => {
      const deploy = `d${++deploys}`;
      hand(deploy, { release, "health-contains": `release=${release};`, ...keys });
      return call(["run", "shop", deploy], callOptions);
    },
    status: async () => JSON.parse((await call(["status", "shop"])).stdout),
    behave: (release, how) => writeFileSync(path.join(directory, `behave-${release}`), how),
    crash: (color) => crash(directory, color),
    running: async () => {
      const colors = ["blue", "green"] as const;
      const found = await Promise.all(colors.map((color) => answers(ports[color])));
      return colors.filter((_, index) => found[index]);
    },
    remove: () => {
      for (const color of ["blue", "green"] as const) crash(directory, color);
      temp.remove();
    },
  };
}

function eventsOf(text: string): readonly AgentLine[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Whether anything accepts a connection there and answers. */
async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: "close" } }).then(
    () => true,
    () => false,
  );
}

function crash(directory: string, color: string): void {
  try {
    execFileSync("sh", ["-c", `kill -9 "$(cat ${directory}/${color}.pid)"`], { stdio: "ignore" });
  } catch {
    // It does not run.
  }
}

function defaultPlan(
  directory: string,
  ports: AgentHost["ports"],
  router: string,
): Record<string, string | number> {
  return {
    format: 1,
    app: "shop",
    operation: "deploy",
    actor: "somebody",
    run: "https://ci.example/runs/1",
    first: "blue",
    second: "green",
    "first-port": ports.blue,
    "second-port": ports.green,
    start: "command",
    "start-command": `sh ${directory}/start.sh`,
    "stop-command": `sh ${directory}/stop.sh`,
    "health-path": "/health",
    "health-status": 200,
    "health-consecutive": 2,
    "health-within": 5000,
    "health-interval": 20,
    "health-timeout": 2000,
    router,
    ...(router === "haproxy" ? { "router-socket": `${directory}/haproxy.sock` } : {}),
    "public-url": `http://127.0.0.1:${ports.router}/health`,
    settle: 10,
    drain: 500,
    "stop-within": 5000,
    stability: 100,
    "keep-releases": 2,
    "wait-within": 5000,
    barrier: 0,
    hold: 0,
    force: 0,
    "lock-wait": 0,
  };
}

// What the page says is written before the server listens, so that it is right from the first answer on.
function startScript(directory: string): string {
  return `set -eu
cd ${directory}
how=$(cat "behave-$RELEASE" 2>/dev/null || echo well)
[ "$how" != fails-to-start ] || { echo "cannot start $RELEASE" && exit 3; }
mkdir -p "www-$COLOR"
chmod 755 "www-$COLOR"
printf 'release=%s; color=%s\\n' "$RELEASE" "$COLOR" >"www-$COLOR/health.new"
[ "$how" != never ] || echo "not ready" >"www-$COLOR/health.new"
chmod 644 "www-$COLOR/health.new"
mv "www-$COLOR/health.new" "www-$COLOR/health"
echo "hello from $RELEASE"
[ "$how" != mute ] || exit 0
setsid busybox httpd -f -p "127.0.0.1:$PORT" -h "${directory}/www-$COLOR" &
echo $! >"$COLOR.pid"
echo "$COLOR" >>starts
`;
}

function stopScript(directory: string): string {
  return `cd ${directory}
[ -s "$COLOR.pid" ] || exit 0
pid=$(cat "$COLOR.pid")
kill "$pid" 2>/dev/null
n=0
while kill -0 "$pid" 2>/dev/null && ! grep -q ') Z ' "/proc/$pid/stat" 2>/dev/null && [ $n -lt 500 ]; do
  sleep 0.02
  n=$((n + 1))
done
[ $n -lt 500 ] || exit 1
rm -f "$COLOR.pid"
`;
}
