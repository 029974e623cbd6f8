import { UserError } from "../../shared/runtime/user-error.ts";
import type { ActionMetadata } from "./action-metadata.ts";

/** The table of an action's inputs, as Markdown. */
export function inputsTable({ inputs }: ActionMetadata): string {
  if (inputs.length === 0) return "This action has no inputs.";
  const rows = inputs.map((input) => [
    code(input.name),
    input.required ? "yes" : "no",
    input.default.split("\n").filter(Boolean).map(code).join("<br>"),
    flow(input.description),
  ]);
  return table(["Input", "Required", "Default", "Description"], rows);
}

/** The table of an action's outputs, as Markdown. */
export function outputsTable({ outputs }: ActionMetadata): string {
  if (outputs.length === 0) return "This action has no outputs.";
  return table(
    ["Output", "Description"],
    outputs.map(({ name, description }) => [code(name), flow(description)]),
  );
}

/** A Markdown table; `|` in a cell is escaped, in code spans too, as GitHub wants it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The lines of a text as one: paragraphs become line breaks, so that it fits a table cell. */
export function flow(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, " "))
    .join("<br>");
}

/** A code span, also of text that holds backticks (CommonMark 6.1). */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  if (longest === 0) return `\`${text}\``;
  const fence = "`".repeat(longest + 1);
  return `${fence} ${text} ${fence}`;
}

/**
 * Replaces what stands between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`.
 * @throws UserError when the markers are missing, in the wrong order or there twice.
 */
export function replaceMarked(text: string, name: string, content: string, file: string): string {
  const [open, close] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
  const [before = "", rest, ...more] = text.split(open);
  const [, after, ...again] = (rest ?? "").split(close);
  if (after === undefined || more.length > 0 || again.length > 0) {
    throw new UserError(`The markers of the generated ${name} are not there exactly once.`, {
      hint: `Write ${open} and ${close} on lines of their own where the ${name} go, and run \`npm run docs\`.`,
      where: { file },
    });
  }
  return `${before}${open}\n${content}\n${close}${after}`;
}

/** The text under a heading of the second level, without the heading; undefined when there is no such heading. */
export function sectionOf(text: string, heading: string): string | undefined {
  const sections = text.split(/^## /m).slice(1);
  const found = sections.find((section) => section.split("\n", 1)[0]?.trim() === heading);
  return found?.slice(found.indexOf("\n")).trim();
}
