// The runner uploads nothing of a step whose summary is larger (actions/runner FileCommandManager.cs).
const summaryLimit = 1024 * 1024;

const noteRoom = 200;

/**
 * The sections as one summary of at most `limitBytes` in UTF-8. Where they are too long, whole lines and sections are
 * left out at the end, tables and blocks are closed, and a note says how much is missing.
 */
export function fitSummary(sections: readonly string[], limitBytes: number = summaryLimit): string {
  const whole = join(sections);
  if (bytes(whole) <= limitBytes) return whole;
  const kept: string[] = [];
  let room = limitBytes - noteRoom;
  for (const section of sections) {
    const size = bytes(section) + 2;
    if (size > room) break;
    kept.push(section);
    room -= size;
  }
  const lines = (sections[kept.length] ?? "").split("\n");
  const count = linesThatFit(lines, room - 2);
  const [sectionsLeft, linesLeft] = [sections.length - kept.length, lines.length - count];
  if (count > 0) kept.push([...lines.slice(0, count), ...closing(lines.slice(0, count))].join("\n"));
  const missing = count > 0 ? `${plural(linesLeft, "line")} of this part` : "this part";
  const more = sectionsLeft > 1 ? ` and ${plural(sectionsLeft - 1, "more part")}` : "";
  kept.push(
    `> ✂️ Left out because a job summary is limited in size: ${missing}${more}. The JSON report has everything.`,
  );
  const cut = join(kept);
  return bytes(cut) <= limitBytes ? cut : "";
}

/** How many of the lines fit, with what closes them, without a table that has no rows. */
function linesThatFit(lines: readonly string[], room: number): number {
  const open: Open = { fence: undefined, folds: 0 };
  let size = 0;
  let tableLines = 0;
  let best = 0;
  for (const [index, line] of lines.entries()) {
    follow(open, line);
    size += bytes(line) + 1;
    tableLines = open.fence === undefined && line.startsWith("|") ? tableLines + 1 : 0;
    if (size > room) break;
    const headOnly = tableLines === 1 || tableLines === 2;
    if (!headOnly && size + bytes(closers(open).join("\n")) + 1 <= room) best = index + 1;
  }
  return best;
}

/** What the lines so far have opened: the fence of a code block, or folded parts. */
type Open = { fence: string | undefined; folds: number };

function follow(open: Open, line: string): void {
  const fence = /^`{3,}/.exec(line)?.[0];
  if (open.fence !== undefined) {
    if (fence === line && fence.length >= open.fence.length) open.fence = undefined;
  } else if (fence !== undefined) open.fence = fence;
  else if (line.startsWith("<details>")) open.folds++;
  else if (line.startsWith("</details>")) open.folds--;
}

function closers({ fence, folds }: Open): string[] {
  return [...(fence === undefined ? [] : [fence]), ...Array<string[]>(folds).fill(["", "</details>"]).flat()];
}

function closing(lines: readonly string[]): string[] {
  const open: Open = { fence: undefined, folds: 0 };
  for (const line of lines) follow(open, line);
  return closers(open);
}

function join(sections: readonly string[]): string {
  return `${sections.join("\n\n")}\n`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
