import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { killAfterwards } from "./aftermath.ts";
import { LineSplitter } from "./line-splitter.ts";

export type StepProcessOptions = {
  readonly node: string;
  readonly script: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly grace: Grace;
};

/** How long the runner waits after each signal of a cancellation, in milliseconds. */
export type Grace = { readonly interruptMs: number; readonly terminateMs: number };
// ProcessInvoker.cs: _sigintTimeout and _sigtermTimeout.
export const runnerGrace: Grace = { interruptMs: 7500, terminateMs: 2500 };

// ProcessInvoker.cs: a child that holds the pipes open keeps the step alive this much longer than its process.
const pipeGraceMs = 5000;

export type StepExit = {
  /** Null when a signal ended the process, or it could not be started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly startError: Error | undefined;
};

/** The process of a step: `node <script>` on pipes, without a shell and without stdin. */
export class StepProcess {
  readonly #child: ChildProcess | undefined;
  readonly #grace: Grace;
  readonly #ended = Promise.withResolvers<void>();
  readonly exit: Promise<StepExit>;
  #cancelling: Promise<void> | undefined;

  constructor(options: StepProcessOptions) {
    this.#grace = options.grace;
    const started = start(options);
    if (started instanceof Error) {
      this.exit = Promise.resolve(notStarted(started));
      return;
    }
    this.#child = started;
    const ended = started.pid === undefined ? undefined : killAfterwards(started.pid);
    this.exit = watch(started, options.onLine).finally(() => {
      ended?.();
      this.#ended.resolve();
    });
  }

  get cancelled(): boolean {
    return this.#cancelling !== undefined;
  }

  /** Sends a signal to the process alone, not to its children: as the runner does. False when it is gone. */
  kill(signal: NodeJS.Signals): boolean {
    return this.#child?.kill(signal) ?? false;
  }

  /** Cancels as the runner does: SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL. Settles when the step has ended. */
  cancel(): Promise<void> {
    this.#cancelling ??= this.#cancel();
    return this.#cancelling;
  }

  async #cancel(): Promise<void> {
    if (this.#child === undefined) return;
    const { interruptMs, terminateMs } = this.#grace;
    for (const [signal, graceMs] of [
      ["SIGINT", interruptMs],
      ["SIGTERM", terminateMs],
    ] as const) {
      this.kill(signal);
      if (await this.#endsWithin(graceMs)) return;
    }
    this.kill("SIGKILL");
    await this.#ended.promise;
  }

  async #endsWithin(milliseconds: number): Promise<boolean> {
    const timer = new AbortController();
    const ended = this.#ended.promise.then(() => true);
    const late = wait(milliseconds, false, { signal: timer.signal }).catch(() => true);
    const inTime = await Promise.race([ended, late]);
    timer.abort();
    return inTime;
  }
}

/** The error itself where spawn throws it (E2BIG does: one variable of 128 KiB is enough). */
function start({ node, script, cwd, env }: StepProcessOptions): ChildProcess | Error {
  try {
    // A process group of its own: Ctrl-C at our terminal must not reach it past the order of signals of a cancellation.
    return spawn(node, [script], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  } catch (error) {
    return error as Error;
  }
}

function notStarted(startError: Error): StepExit {
  return { exitCode: null, signal: null, stdout: "", stderr: "", startError };
}

async function watch(child: ChildProcess, onLine: (line: string) => void): Promise<StepExit> {
  const finish = [child.stdout, child.stderr].map((stream) => collect(stream, onLine));
  const closed = once(child, "close");
  closed.catch(() => undefined);
  try {
    await once(child, "exit"); // Rejects when the process could not be started.
  } catch (error) {
    return notStarted(error as Error);
  }
  const timer = new AbortController();
  await Promise.race([closed, wait(pipeGraceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
  const [stdout = "", stderr = ""] = finish.map((end) => end());
  return { exitCode: child.exitCode, signal: child.signalCode, stdout, stderr, startError: undefined };
}

/** Hands the lines of a stream on as they come. The returned function hands over what is left, and gives all the text. */
function collect(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): () => string {
  const splitter = new LineSplitter(onLine);
  let text = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (chunk: string) => {
    text += chunk;
    splitter.push(chunk);
  });
  stream?.on("error", () => undefined); // An aborted read at the end of the step: what came until then is kept.
  return () => {
    splitter.end();
    return text;
  };
}
