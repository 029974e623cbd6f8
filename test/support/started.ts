import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { whenThisProcessEnds } from "./guard.ts";

export type Start = {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the child. Default: PATH alone. */
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  /** What its standard input reads; nothing by default. A way to hand over a secret outside the command line. */
  readonly input?: string;
  /** It is ready when its output matches the expression, or when the probe says so. */
  readonly ready: RegExp | (() => Promise<boolean>);
  /** Milliseconds until it must be ready. Default: 20,000. */
  readonly readyWithin?: number;
  /** What asks it to stop; after `stopWithin` milliseconds (default: 5,000) it is killed. */
  readonly stopSignal?: NodeJS.Signals;
  readonly stopWithin?: number;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Started = {
  readonly pid: number;
  /** Resolves when the process has ended and its output is complete. */
  readonly exited: Promise<Exit>;
  /** What it has written so far, both streams as they came. */
  log(): string;
  /** Asks it to stop, waits, and kills what is left of its process group. Safe to call twice. */
  stop(): Promise<Exit>;
  /** Kills the whole process group at once, as a crash would. */
  kill(): Promise<Exit>;
};

const PROBE_EVERY_MS = 20;
const OUTPUT_AFTER_EXIT_MS = 500;
const LOG_TAIL = 4_000;

/**
 * Starts a server as a process group of its own and waits until it is ready. The group dies with this
 * process, however that ends. An error holds the last of the server's output.
 */
export async function start(options: Start): Promise<Started> {
  const { command } = options;
  const child = launch(options);
  const pid = await spawned(child, command);
  const output = collect(child);
  child.stdin?.on("error", () => undefined).end(options.input);
  const exited = watchExit(child, pid);

  const server: Started = {
    pid,
    exited,
    log: () => output.text,
    kill: () => {
      killGroup(pid);
      return exited;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return exited;
      child.kill(options.stopSignal ?? "SIGTERM");
      const timer = setTimeout(() => killGroup(pid), options.stopWithin ?? 5_000);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
  const trouble = await untilReady(options, output, exited);
  if (trouble === undefined) return server;
  await server.kill();
  throw new Error(`${command} ${trouble}. Its output:\n${output.text.slice(-LOG_TAIL)}`);
}

/** A probe for {@link Start.ready}: something accepts connections on this port of 127.0.0.1. */
export function portAccepts(port: number): () => Promise<boolean> {
  return () =>
    new Promise((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.once("error", () => resolve(false));
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
    });
}

type Output = { text: string; changed: () => void };

function launch(options: Start): ChildProcess {
  return spawn(options.command, [...(options.args ?? [])], {
    cwd: options.cwd,
    env: options.env ?? { PATH: process.env["PATH"] ?? "" },
    detached: true,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
}

function collect(child: ChildProcess): Output {
  const output: Output = { text: "", changed: () => undefined };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output.text += text;
      output.changed();
    });
  }
  return output;
}

function watchExit(child: ChildProcess, pid: number): Promise<Exit> {
  const callOff = whenThisProcessEnds("kill", "-s", "KILL", "--", `-${pid}`);
  return new Promise<Exit>((resolve) => {
    child.once("exit", () => {
      killGroup(pid);
      // A grandchild that left the group (sshd's sessions do) could hold the pipes open for ever.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, OUTPUT_AFTER_EXIT_MS).unref();
    });
    child.once("close", (code, signal) => {
      callOff();
      resolve({ code, signal });
    });
  });
}

/** Resolves with nothing once the server is ready, and with what went wrong if it does not get there. */
async function untilReady(
  options: Start,
  output: Output,
  exited: Promise<Exit>,
): Promise<string | undefined> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), options.readyWithin ?? 20_000);
  const { ready } = options;
  const trouble = await Promise.race([
    typeof ready === "function" ? probe(ready, over.signal) : outputMatches(ready, output),
    exited.then(({ code, signal }) => `ended with ${signal ?? `exit code ${code}`} before it was ready`),
    new Promise<string>((resolve) => {
      over.signal.addEventListener("abort", () => resolve("was not ready in time"), { once: true });
    }),
  ]);
  clearTimeout(timer);
  over.abort();
  output.changed = () => undefined;
  return trouble;
}

/** Asks again and again; a probe that throws is trouble. After `over` nobody listens to the answer any more. */
async function probe(ready: () => Promise<boolean>, over: AbortSignal): Promise<string | undefined> {
  while (!over.aborted) {
    try {
      if (await ready()) return undefined;
    } catch (error) {
      return `could not be probed: ${error}`;
    }
    await pause(PROBE_EVERY_MS);
  }
  return "was not ready in time";
}

function outputMatches(pattern: RegExp, output: Output): Promise<undefined> {
  return new Promise((resolve) => {
    output.changed = () => {
      if (pattern.test(output.text)) resolve(undefined);
    };
    output.changed();
  });
}

function spawned(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${command} could not be started`, { cause: error })));
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
