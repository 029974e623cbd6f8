import { spawn } from "node:child_process";

/** What one run of a command cost. Seconds. */
export type Cost = { readonly cpu: number; readonly wall: number; readonly code: number };

type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
};

/**
 * Runs a command and takes what the shell's `time` says of it and all its children: Node.js has no way to ask for the
 * resource usage of one child.
 */
export async function timed({ program, args, env = {}, cwd }: Command): Promise<Cost> {
  const script = 'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>/dev/null';
  const child = spawn("bash", ["-c", script, "timed", program, ...args], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "ignore", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
  const [user = 0, system = 0, wall = 0] = text.trim().split(/\s+/).map(Number);
  return { cpu: user + system, wall, code };
}

/** Runs several commands in turn, so often, and gives each one's median; noise then hits all alike. */
export async function compare(
  commands: Readonly<Record<string, Command>>,
  rounds: number,
): Promise<Map<string, Cost>> {
  const costs = new Map<string, Cost[]>(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, command] of Object.entries(commands)) costs.get(name)?.push(await timed(command));
  }
  return new Map(
    [...costs].map(([name, runs]) => [
      name,
      {
        cpu: median(runs.map(({ cpu }) => cpu)),
        wall: median(runs.map(({ wall }) => wall)),
        code: Math.max(...runs.map(({ code }) => code)),
      },
    ]),
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
