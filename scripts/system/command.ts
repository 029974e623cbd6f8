import { spawn } from "node:child_process";

export type Finished = { readonly code: number; readonly output: string };

/**
 * Runs a command to its end without showing what it writes; `output` is both its streams. A command that
 * cannot be started counts as one that failed.
 */
export function runQuietly(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.once("error", (error) => resolve({ code: 127, output: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** As {@link runQuietly}, but failing is an error that ends with the last lines of the output. */
export async function mustRun(...call: Parameters<typeof runQuietly>): Promise<void> {
  const [command, args] = call;
  const { code, output } = await runQuietly(...call);
  if (code === 0) return;
  const said = output.trim().split("\n").slice(-8).join("\n");
  throw new Error(`${[command, ...args].join(" ")} ended with exit code ${code}:\n${said}`);
}
