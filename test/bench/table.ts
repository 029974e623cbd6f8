/** What every bench gets: a folder to write into, a server that answers, and where the peers are installed. */
export type Setting = {
  readonly root: string;
  readonly folder: string;
  readonly port: number;
  /** Folder of the public tools to compare with; `undefined` when they could not be installed. */
  readonly peers: string | undefined;
  readonly rounds: number;
};

export type Row = readonly string[];

/** A Markdown table; the first column is text, the others are numbers. */
export function table(titles: readonly string[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(titles),
    line(titles.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n");
}

/** Two decimals. */
export function round(value: number): string {
  return value.toFixed(2);
}
