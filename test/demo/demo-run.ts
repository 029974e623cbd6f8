import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { makeTempDir } from "../support/temp-dir.ts";

const script = path.resolve(import.meta.dirname, "../../scripts/demo.ts");

export type DemoRun = {
  /** Where the page goes. */
  readonly outDir: string;
  /** Resolves when the output has come to match; rejects if the demo ends before. */
  says(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /** What there is of it beside the page: processes, and files in its temporary directory. */
  leftovers(): string[];
};

/** Runs the demo as `npm run demo` does, in a process of its own. `preload` is a module that is loaded before it. */
export function startDemo(preload?: string): DemoRun {
  const scratch = makeTempDir("demo-run").path;
  const [temporary, bin, outDir] = ["tmp", "bin", "page"].map((name) => path.join(scratch, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [temporary, bin]) mkdirSync(directory);
  // Where the tests run as root, PostgreSQL runs as nobody, and has to get through to its own directory.
  for (const directory of [scratch, temporary]) chmodSync(directory, 0o711);
  const options = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"];
  if (preload !== undefined) options.push("--import", preload);
  const env = {
    HOME: process.env["HOME"],
    // Whatever the demo starts inherits this PATH, and is known by it wherever it goes.
    PATH: `${bin}:${process.env["PATH"]}`,
    TMPDIR: temporary,
    // The compiler's, in the temporary directory, should the demo have to build the actions.
    NODE_DISABLE_COMPILE_CACHE: "1",
  };
  const child = spawn(process.execPath, [...options, script, "--out", outDir], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...output }));
  return {
    outDir,
    ended,
    kill: (signal) => void child.kill(signal),
    says: async (pattern) => {
      while (!pattern.test(output.stdout)) {
        const more = await Promise.race([once(child.stdout, "data"), ended.then(() => undefined)]);
        if (more === undefined && !pattern.test(output.stdout)) {
          throw new Error(`ended without saying ${pattern}:\n${output.stdout}${output.stderr}`);
        }
      }
    },
    leftovers: () => [...processesWith(bin), ...readdirSync(temporary)],
  };
}

/** The command lines of the processes in whose environment a text stands. */
function processesWith(text: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/environ`, "latin1").includes(text)) return [];
      return [readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")];
    } catch {
      // It has ended, or is another user's.
      return [];
    }
  });
}
