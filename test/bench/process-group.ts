import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What a command cost, all its processes together. Seconds and MB. */
export type Measured = {
  readonly wall: number;
  /** Of the command and all that it has started. */
  readonly cpu: number;
  /** Of the server that it talked to. */
  readonly serverCpu: number;
  /** The highest sum of resident memory of the command's processes at one moment. */
  readonly rssMb: number;
  readonly code: number;
};

type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

const SAMPLE_MS = 50;
const TICKS = 100; // sysconf(_SC_CLK_TCK) on every Linux that Node.js runs on.
const PAGE_MB = 4096 / 1e6;

/** Runs a command and measures it together with the server, whose processes are the children of `postmaster`. */
export async function measure({ program, args, env }: Command, postmaster: number): Promise<Measured> {
  const before = cpuWithChildren(postmaster);
  const script = 'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>/dev/null';
  const child = spawn("bash", ["-c", script, "measured", program, ...args], {
    env: { ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let rssMb = 0;
  const sampling = setInterval(() => {
    rssMb = Math.max(rssMb, residentBelow(child.pid ?? 0));
  }, SAMPLE_MS);
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
  clearInterval(sampling);
  const [user = 0, system = 0, wall = 0] = text.trim().split(/\s+/).map(Number);
  // A backend's time becomes its parent's when that has waited for it.
  const serverCpu = (await settled(() => cpuWithChildren(postmaster))) - before;
  return { wall, cpu: user + system, serverCpu, rssMb, code };
}

/** The value once it no longer changes. */
async function settled(read: () => number): Promise<number> {
  for (let last = read(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const next = read();
    if (next === last) return next;
    last = next;
  }
}

/** Fields of /proc/<pid>/stat from the third on (proc(5)); none for a process that has gone. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}

function children(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(statOf(Number(name))[1]) === pid)
    .map(Number);
}

/** The process's own time, that of the children it has waited for, and that of those that still run. */
function cpuWithChildren(pid: number): number {
  const own = (each: number): number => ticks(each, 11) + ticks(each, 12);
  const waited = ticks(pid, 13) + ticks(pid, 14);
  const running = children(pid).reduce((sum, each) => sum + own(each), 0);
  return (own(pid) + waited + running) / TICKS;
}

function ticks(pid: number, field: number): number {
  return Number(statOf(pid)[field] ?? 0);
}

function residentBelow(pid: number): number {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(Number(name))[1]);
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
  }
  const sum = (of: number): number =>
    (parents.get(of) ?? []).reduce(
      (total, each) => total + Number(statOf(each)[21] ?? 0) * PAGE_MB + sum(each),
      0,
    );
  return sum(pid);
}
