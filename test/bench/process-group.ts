import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What a command cost, all its processes together. Seconds and MB. */
export type Measured = {
  readonly wall: number;
  /** Of the command and all that it has started. */
  readonly cpu: number;
  /** Of the server that it talked to. */
  readonly serverCpu: number;
  /** The highest sum of resident memory of the command's processes at one moment; what they share counts for each. */
  readonly rssMb: number;
  /** The same with what is shared counted once. */
  readonly pssMb: number;
  readonly code: number;
};

export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

// Looking takes a millisecond: often enough to see a peak that lasts, and too seldom to be in the way.
const SAMPLE_MS = 100;
const TICKS = 100; // sysconf(_SC_CLK_TCK) on every Linux that Node.js runs on.

/** Runs a command and measures it together with the server, whose processes are the children of `postmaster`. */
export async function measure({ program, args, env }: Command, postmaster: number): Promise<Measured> {
  const before = cpuWithChildren(postmaster);
  const script = 'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>/dev/null';
  const child = spawn("bash", ["-c", script, "measured", program, ...args], {
    env: { ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let [rssMb, pssMb] = [0, 0];
  const sampling = setInterval(() => {
    const now = memoryBelow(child.pid ?? 0);
    rssMb = Math.max(rssMb, now.rssMb);
    pssMb = Math.max(pssMb, now.pssMb);
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
  return { wall, cpu: user + system, serverCpu, rssMb, pssMb, code };
}

/** The median of each value; of memory and exit codes the highest. */
export function medianOf(all: readonly Measured[]): Measured {
  const median = (pick: (each: Measured) => number): number => {
    const sorted = all.map(pick).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return {
    ...{ wall: median((each) => each.wall), cpu: median((each) => each.cpu) },
    serverCpu: median((each) => each.serverCpu),
    rssMb: Math.max(...all.map((each) => each.rssMb)),
    pssMb: Math.max(...all.map((each) => each.pssMb)),
    code: Math.max(...all.map((each) => each.code)),
  };
}

/** The value once it no longer changes; of a server that never rests, after five seconds. */
async function settled(read: () => number): Promise<number> {
  let last = read();
  for (let tries = 0; tries < 25; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const next = read();
    if (next === last) break;
    last = next;
  }
  return last;
}

/** Fields of /proc/<pid>/stat from the third on (proc(5)); none for a process that has gone. */
function statOf(pid: number): string[] {
  return fileOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ");
}

function fileOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Those of every thread: one can start processes too. */
function children(pid: number): number[] {
  let threads: string[] = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    // It has gone.
  }
  return threads.flatMap((thread) =>
    fileOf(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
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

/** Of all processes below this one, which is only the shell that measures. */
function memoryBelow(pid: number): { readonly rssMb: number; readonly pssMb: number } {
  let [rssMb, pssMb] = [0, 0];
  for (const child of children(pid)) {
    const text = fileOf(`/proc/${child}/smaps_rollup`);
    const below = memoryBelow(child);
    rssMb += kilobytes(text, "Rss") + below.rssMb;
    pssMb += kilobytes(text, "Pss") + below.pssMb;
  }
  return { rssMb, pssMb };
}

function kilobytes(text: string, field: string): number {
  return (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024) / 1e6;
}
