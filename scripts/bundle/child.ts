import { spawn } from "node:child_process";
import { UserError } from "../../shared/runtime/user-error.ts";

export type ChildResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/**
 * Runs a program to its end and collects what it wrote. Its standard input is `input`, or empty; `env` is added to
 * the environment of this process. `signal` ends the program.
 * @throws UserError when the program cannot be started; any exit code is a result (a signal counts as 1). The reason of
 *   `signal`, once the program has ended.
 */
export async function runChild(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly input?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ChildResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    ...(signal && { signal }),
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  // A program that exits without reading its input is not our failure.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => {
      if (signal?.aborted === true) return;
      const hint = `Install ${command}.`;
      reject(new UserError(`${command} could not be started: ${cause.message}.`, { hint, cause }));
    });
    child.on("close", (code) => {
      if (signal?.aborted === true) reject(signal.reason);
      else resolve({ code: code ?? 1, ...output });
    });
  });
}
