import { readdirSync, readFileSync } from "node:fs";

export type Process = {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly environ: readonly string[];
};

/** The processes that have the text in their arguments or in their environment, without zombies and the tests' own guards. */
export function processesWith(text: string): Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map((pid) => ({ pid: Number(pid), argv: list(pid, "cmdline"), environ: list(pid, "environ") }))
    .filter(({ argv }) => argv[3] !== "guard")
    .filter(({ argv, environ }) => [...argv, ...environ].some((each) => each.includes(text)));
}

function list(pid: string, file: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8")
      .split("\0")
      .filter((each) => each !== "");
  } catch {
    return []; // It has ended.
  }
}

/** Looks at those processes again and again, until told to stop; what any of them ever had is kept. */
export function watchProcesses(text: string): () => readonly Process[] {
  const seen = new Map<string, Process>();
  const look = (): void => {
    for (const found of processesWith(text)) seen.set(`${found.pid} ${found.argv.join(" ")}`, found);
  };
  const timer = setInterval(look, 25);
  return () => {
    clearInterval(timer);
    return [...seen.values()];
  };
}
