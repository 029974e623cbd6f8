import { spawn } from "node:child_process";
import type { Readable } from "node:stream";

export type ChildOptions = {
  readonly signal: AbortSignal;
  /** The whole environment of the child; nothing is inherited. Secrets go here or to stdin, never to `args`. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Whom the program runs as, where this process is root. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly stdin?: string | Readable;
  readonly onStdout?: (chunk: Buffer) => void;
  readonly onStderr?: (chunk: Buffer) => void;
};

export type ChildEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

const KILL_AFTER_MS = 3_000;

/**
 * Runs a program without a shell, in a process group of its own, so that an abort reaches its children too
 * (the runner signals only the action's own process): SIGTERM to the group; SIGKILL 3 s later, and to whoever of the
 * group is left when the program has ended. Resolves when the program has ended and its output is read; rejects with
 * the spawn error, the error of the `stdin` stream or, after an abort, with its reason.
 */
export async function runChild(
  program: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<ChildEnd> {
  const { signal, env, cwd, user, stdin } = options;
  signal.throwIfAborted();
  const child = spawn(program, args, {
    env,
    detached: true,
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
    ...user,
  });
  child.stdout?.on("data", (chunk: Buffer) => options.onStdout?.(chunk));
  child.stderr?.on("data", (chunk: Buffer) => options.onStderr?.(chunk));

  const killGroup = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  let inputError: Error | undefined;
  child.stdin?.on("error", () => undefined); // A program may end without reading its input; its exit code tells.
  if (typeof stdin === "string") child.stdin?.end(stdin);
  else if (stdin !== undefined && child.stdin !== null) {
    // An end would make the program take half of its input for the whole.
    stdin.once("error", (error) => {
      inputError = error;
      killGroup("SIGKILL");
    });
    stdin.pipe(child.stdin);
  }

  let insist: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    killGroup("SIGTERM");
    insist = setTimeout(() => killGroup("SIGKILL"), KILL_AFTER_MS);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const end = await new Promise<ChildEnd>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, killedBy) => resolve({ code, signal: killedBy }));
    });
    if (signal.aborted) killGroup("SIGKILL");
    signal.throwIfAborted();
    if (inputError !== undefined) throw inputError;
    return end;
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(insist);
  }
}
