import { type IOType, spawn } from "node:child_process";
import type { Readable, Stream, Writable } from "node:stream";
import { ErrorLines } from "./error-lines.ts";

export type ProgramEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A program that is running, as one stage of a pipeline. */
export type RunningProgram = {
  /** What it is called in messages: `pg_dump`. */
  readonly name: string;
  /** Whether `stdout` has a file descriptor that can be given to another program. */
  readonly joinable: boolean;
  /** Undefined where it goes into a file. */
  readonly stdout: Readable | undefined;
  readonly stdin: Writable | undefined;
  /** Once it has ended and its output is read; rejects only when it could not be started. */
  readonly ended: Promise<ProgramEnd>;
  /** The first and the last lines that it wrote to stderr, raw, as {@link ErrorLines} keeps them. */
  stderr(): string;
  /** Ends it and its children at once. Safe at any time. */
  kill(): void;
};

export type ProgramOptions = {
  readonly env: NodeJS.ProcessEnv;
  /** A stream with a file descriptor is handed over as it is; this process then reads nothing of it. */
  readonly stdin: IOType | Stream;
  /** A file descriptor that its output goes into; a pipe to this process when left out. */
  readonly stdout?: number;
  /** Whole lines of stderr, as they come. Lines for which it returns true are kept out of `stderr()`. */
  readonly onLine?: (line: string) => boolean;
  readonly signal: AbortSignal;
};

const KILL_AFTER_MS = 2_000;

/**
 * Starts a program without a shell in a process group of its own. An abort sends SIGTERM to the group
 * (pg_dump then cancels its query on the server), and SIGKILL 2 s later.
 */
export function startProgram(file: string, args: readonly string[], options: ProgramOptions): RunningProgram {
  const { env, stdin, stdout = "pipe", signal } = options;
  signal.throwIfAborted();
  const child = spawn(file, args, { env, detached: true, stdio: [stdin, stdout, "pipe"] });
  const name = file.slice(file.lastIndexOf("/") + 1);
  const send = (what: NodeJS.Signals): void => {
    if (child.pid === undefined || (child.exitCode ?? child.signalCode) !== null) return;
    try {
      process.kill(-child.pid, what);
    } catch {
      // The group is gone already.
    }
  };
  const errors = new ErrorLines(options.onLine);
  child.stderr?.setEncoding("utf8").on("data", (text: string) => errors.add(text));
  child.stdin?.on("error", () => undefined); // Its exit code tells why it stopped reading.
  let insist: NodeJS.Timeout | undefined;
  const stop = (): void => {
    send("SIGTERM");
    insist = setTimeout(() => send("SIGKILL"), KILL_AFTER_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killedBy) => resolve({ code, signal: killedBy }));
  }).finally(() => {
    errors.end();
    signal.removeEventListener("abort", stop);
    clearTimeout(insist);
  });
  ended.catch(() => undefined); // Whoever waits for it hears of it; nobody may have got that far.
  return {
    name,
    joinable: true,
    stdout: child.stdout ?? undefined,
    stdin: child.stdin ?? undefined,
    ended,
    stderr: () => errors.text(),
    kill: () => send("SIGKILL"),
  };
}

/** How a program ended, for messages: `exit code 1`, `SIGKILL`. */
export function endText({ code, signal }: ProgramEnd): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
