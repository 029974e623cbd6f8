// npm run demo [-- --out <folder>] [<chapter> ...]
import { parseArgs } from "node:util";
import { UserError } from "../shared/runtime/user-error.ts";
import { runCommand } from "./bundle/command-line.ts";
import { ascii } from "./demo/ascii.ts";
import type { Chapter } from "./demo/chapter.ts";
import { CHAPTERS } from "./demo/chapters.ts";
import { Interrupted, listenForInterruption } from "./demo/interruption.ts";
import { Narrator } from "./demo/narrator.ts";
import { runDemo } from "./demo/run-demo.ts";
import { styleFor } from "./runner/terminal-style.ts";

const WIDEST = 100;

await runCommand(async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: "string", default: "build/demo" } },
  });
  const chapters = chosen(positionals);
  const { stdout } = process;
  const print = stdout.isTTY ? console.log : (line: string) => console.log(ascii(line));
  const narrator = new Narrator(
    print,
    styleFor(stdout, process.env),
    Math.min(stdout.columns || WIDEST, WIDEST),
  );
  const signal = listenForInterruption();
  signal.addEventListener("abort", () => console.error("\nStopping what is under way ..."), { once: true });
  try {
    const right = await runDemo({ chapters, outDir: values.out, narrator, signal });
    process.exitCode = right ? 0 : 1;
  } catch (error) {
    // What fails after the signal fails because of it: Ctrl-C ends child processes as well.
    if (!(signal.reason instanceof Interrupted)) throw error;
    process.exitCode = signal.reason.exitCode;
    console.error(`${signal.reason.message} Nothing is left running.`);
  }
});

function chosen(names: readonly string[]): readonly Chapter[] {
  const known = CHAPTERS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const hint = `The chapters are: ${known.join(", ")}.`;
    throw new UserError(`There is no chapter ${unknown.join(", ")}.`, { hint });
  }
  return names.length === 0 ? CHAPTERS : CHAPTERS.filter(({ name }) => names.includes(name));
}
