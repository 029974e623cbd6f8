import type { LogLine } from "./step-log.ts";
import type { Style } from "./terminal-style.ts";

const marks = { error: "✗", warning: "!", notice: "i", debug: "·" } as const;
const colours = { error: "red", warning: "yellow", notice: "blue", debug: "gray" } as const;

/** Prints the log of an action as it comes: groups indented and timed, annotations marked. */
export class TerminalLog {
  readonly #print: (line: string) => void;
  readonly #style: Style;
  readonly #now: () => number;
  #groupStartedAt: number | undefined;

  /** `now` gives milliseconds. */
  constructor(
    print: (line: string) => void,
    style: Style,
    now: () => number = performance.now.bind(performance),
  ) {
    this.#print = print;
    this.#style = style;
    this.#now = now;
  }

  readonly take = ({ kind, text }: LogLine): void => {
    if (kind === "group" || kind === "endgroup") {
      this.#endGroup();
      if (kind === "group") this.#startGroup(text);
      return;
    }
    const indent = this.#groupStartedAt === undefined ? "" : "  ";
    if (kind === "text") {
      this.#print(indent + text);
      return;
    }
    const [first = "", ...rest] = text.split("\n");
    this.#print(this.#style(colours[kind], `${indent}${marks[kind]} ${first}`));
    for (const line of rest) this.#print(this.#style(colours[kind], `${indent}  ${line}`));
  };

  /** Ends a group that the action left open. */
  end(): void {
    this.#endGroup();
  }

  #startGroup(title: string): void {
    this.#groupStartedAt = this.#now();
    this.#print(this.#style("bold", `▾ ${title}`));
  }

  #endGroup(): void {
    if (this.#groupStartedAt === undefined) return;
    this.#print(this.#style("gray", `  ${seconds(this.#now() - this.#groupStartedAt)}`));
    this.#groupStartedAt = undefined;
  }
}

/** Milliseconds for a person: `0.3 s`, `12 s`, `2 min 5 s`. */
export function seconds(milliseconds: number): string {
  const total = milliseconds / 1000;
  if (total < 9.95) return `${total.toFixed(1)} s`;
  const whole = Math.round(total);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
