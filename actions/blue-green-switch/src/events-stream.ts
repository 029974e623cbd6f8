import type { RemoteProcess } from "../../../shared/ssh/exec-stream.ts";
import type { Process } from "./host-commands.ts";

/** A line of what `startAndFollow` answers. */
export type Line =
  | { readonly kind: "process"; readonly process: Process }
  | { readonly kind: "event"; readonly text: string }
  /** `now`: all that was there has been told. `quiet`: nothing has come for a while. */
  | { readonly kind: "now" | "quiet" | "ended" | "failed" };

const MAX_LINE = 64 * 1024;

/** The lines as they come; they end with the stream. Rejects when the connection is lost. What is none is skipped. */
export async function* linesOf({ stdout, ended }: RemoteProcess): AsyncGenerator<Line, void> {
  let rest = "";
  stdout.setEncoding("utf8");
  for await (const chunk of stdout) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_LINE);
    for (const line of lines) {
      const read = readLine(line);
      if (read !== undefined) yield read;
    }
  }
  await ended;
}

function readLine(line: string): Line | undefined {
  if (line.startsWith("event ")) return { kind: "event", text: line.slice(6) };
  if (line === "-") return { kind: "quiet" };
  if (line === "now" || line === "ended" || line === "failed") return { kind: line };
  const [, pid, born = ""] = /^process ([1-9]\d{0,9}) (\d{0,20})$/.exec(line) ?? [];
  return pid === undefined ? undefined : { kind: "process", process: { pid: Number(pid), born } };
}
