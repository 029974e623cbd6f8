import type { Annotation } from "./annotation.ts";
import type { ActionResult } from "./run-action.ts";
import { summaryText } from "./summary-text.ts";
import { seconds } from "./terminal-log.ts";
import type { Style } from "./terminal-style.ts";

const colours = { error: "red", warning: "yellow", notice: "blue" } as const;

/** What an action has to say at its end: outputs, annotations with their places, job summary, verdict. */
export function resultText(result: ActionResult, style: Style): string {
  const sections = [
    section("Outputs", outputLines(result.outputs, style), style),
    section(
      "Annotations",
      result.annotations.map((annotation) => annotationLine(annotation, style)),
      style,
    ),
    section(
      "Summary",
      result.summary.trim() === "" ? [] : [summaryText(result.summary, style).trimEnd()],
      style,
    ),
    section(
      "Left running, and killed",
      result.orphans.map(({ pid, name }) => `${name} (${pid})`),
      style,
    ),
  ];
  return `${sections.join("")}${verdict(result, style)}\n`;
}

function section(title: string, lines: readonly string[], style: Style): string {
  return lines.length === 0 ? "" : `\n${style("bold", `── ${title}`)}\n${lines.join("\n")}\n`;
}

function outputLines(outputs: Readonly<Record<string, string>>, style: Style): string[] {
  const width = Math.max(...Object.keys(outputs).map((name) => name.length));
  return Object.entries(outputs).map(
    ([name, value]) =>
      `${style("cyan", name.padEnd(width))}  ${value.replaceAll("\n", `\n${" ".repeat(width + 2)}`)}`,
  );
}

function annotationLine({ level, title, message, file, line, col }: Annotation, style: Style): string {
  const place = [file, line, col].filter((part) => part !== undefined).join(":");
  const head = [style(colours[level], level), place, title ?? ""].filter((part) => part !== "").join("  ");
  return `${head}\n  ${message.replaceAll("\n", "\n  ")}`;
}

function verdict({ conclusion, exitCode, signal, durationMs }: ActionResult, style: Style): string {
  const how = signal === null ? `exit code ${exitCode ?? "none"}` : `ended by ${signal}`;
  const colour = conclusion === "success" ? "green" : conclusion === "failure" ? "red" : "yellow";
  return `\n${style([colour, "bold"], conclusion)}, ${how}, after ${seconds(durationMs)}`;
}
