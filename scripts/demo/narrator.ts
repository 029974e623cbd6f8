import { seconds, TerminalLog } from "../runner/terminal-log.ts";
import type { Style } from "../runner/terminal-style.ts";
import type { Chapter, Step } from "./chapter.ts";
import type { PlayedChapter, PlayedStep } from "./play.ts";

const INDENT = "  ";

/** Tells at the terminal what is done and why. */
export class Narrator {
  readonly #print: (line: string) => void;
  readonly #style: Style;
  readonly #width: number;
  #chapters = 0;
  #steps = 0;

  /** Prose is wrapped to `width` columns; the lines of an action's log are not. */
  constructor(print: (line: string) => void, style: Style, width: number) {
    this.#print = print;
    this.#style = style;
    this.#width = width;
  }

  heading(text: string): void {
    this.#print("");
    this.#print(this.#style(["bold", "cyan"], text));
  }

  /** One thing of the stage that is ready. */
  tell(text: string): void {
    this.#prose(text, INDENT);
  }

  chapter({ name, title, about }: Chapter): void {
    this.#chapters += 1;
    this.#steps = 0;
    this.heading(`${this.#chapters}. ${name}: ${title}`);
    this.#prose(about, INDENT);
  }

  step({ title, why }: Step): void {
    this.#steps += 1;
    this.#print("");
    this.#print(INDENT + this.#style("bold", `${this.#chapters}.${this.#steps} ${title}`));
    this.#prose(why, INDENT);
    this.#print("");
  }

  /** Shows the lines of an action's log as they come, set off from what is told here. */
  log(): TerminalLog {
    const bar = `${INDENT}${this.#style("gray", "│")} `;
    return new TerminalLog((line) => this.#print((bar + line).trimEnd()), this.#style);
  }

  verdict({ result, problems }: PlayedStep): void {
    const outcome = outcomeWord(result.conclusion);
    const time = this.#style("gray", `(${seconds(result.durationMs)})`);
    this.#print("");
    if (problems.length === 0) {
      this.#print(`${INDENT}${this.#style(["bold", "green"], `→ ${outcome}, as it should`)} ${time}`);
      return;
    }
    this.#print(`${INDENT}${this.#style(["bold", "red"], `→ ${outcome}, WHICH IS WRONG`)} ${time}`);
    for (const problem of problems) this.#print(this.#style("red", `${INDENT}${INDENT}${problem}`));
  }

  /** The last words; `page` is where the page with the job summaries is. */
  end(played: readonly PlayedChapter[], durationMs: number, page: string): void {
    const steps = played.flatMap((chapter) => chapter.steps);
    const right = steps.filter(({ problems }) => problems.length === 0).length;
    const text = `${right} of ${steps.length} verdicts are what they must be, after ${seconds(durationMs)}.`;
    this.#print("");
    this.#print(this.#style(["bold", right === steps.length ? "green" : "red"], text));
    this.#print(`The job summaries: ${page}`);
  }

  #prose(text: string, indent: string): void {
    let line = "";
    for (const word of text.split(" ")) {
      if (line !== "" && indent.length + line.length + 1 + word.length > this.#width) {
        this.#print(indent + line);
        line = "";
      }
      line += line === "" ? word : ` ${word}`;
    }
    this.#print(indent + line);
  }
}

/** What became of a step, as the last word on it. */
export function outcomeWord(conclusion: PlayedStep["result"]["conclusion"]): string {
  return conclusion === "success" ? "passed" : conclusion === "failure" ? "failed" : "cancelled";
}
