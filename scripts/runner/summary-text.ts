import { stripVTControlCharacters } from "node:util";
import { lexer, type MarkedToken, type Token, type Tokens } from "marked";
import type { Style } from "./terminal-style.ts";
import { textWidth } from "./text-width.ts";

/** A job summary (Markdown with the HTML that GitHub keeps) as text for a terminal; folded parts are shown unfolded. */
export function summaryText(markdown: string, style: Style): string {
  const text = lexer(markdown)
    .map((token) => block(token, style))
    .join("");
  return `${text.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

function block(token: Token, style: Style): string {
  const known = token as MarkedToken;
  switch (known.type) {
    case "heading":
      return `${style(known.depth < 3 ? ["bold", "underline"] : "bold", inline(known.tokens, style))}\n\n`;
    case "paragraph":
      return `${inline(known.tokens, style)}\n\n`;
    case "text":
      return `${inline(known.tokens ?? [known], style)}\n`;
    case "table":
      return `${table(known, style)}\n\n`;
    case "code":
      return `${indent(style("cyan", known.text))}\n\n`;
    case "list":
      return `${known.items.map((item, index) => listItem(known, item, index, style)).join("\n")}\n\n`;
    case "blockquote":
      return `${indent(known.tokens.map((part) => block(part, style)).join(""), "│ ")}\n\n`;
    case "hr":
      return `${"─".repeat(40)}\n\n`;
    case "html":
      return htmlBlock(known.text, style);
    default:
      return "";
  }
}

function listItem(list: Tokens.List, item: Tokens.ListItem, index: number, style: Style): string {
  const mark = list.ordered ? `${Number(list.start || 1) + index}. ` : "• ";
  const body = item.tokens.map((token) => block(token, style)).join("");
  return mark + indent(body, " ".repeat(mark.length)).trimStart();
}

function htmlBlock(html: string, style: Style): string {
  const title = /<summary>(.*?)<\/summary>/s.exec(html)?.[1];
  if (title !== undefined) return `${style("bold", `▾ ${withoutTags(title)}`)}\n\n`;
  const text = withoutTags(html).trim();
  return text === "" ? "" : `${text}\n\n`;
}

function inline(tokens: readonly Token[], style: Style): string {
  let text = "";
  let code = false;
  for (const token of tokens) {
    const known = token as MarkedToken;
    if (known.type === "html") {
      if (/^<\/?code>$/i.test(known.text)) code = !known.text.startsWith("</");
      text += known.text.replace(/<br ?\/?>/gi, "\n").replace(/<[^>]*>/g, "");
    } else {
      const shown = inlineToken(known, style);
      text += code ? style("cyan", shown) : shown;
    }
  }
  return text;
}

function inlineToken(token: MarkedToken, style: Style): string {
  if (token.type === "strong") return style("bold", inline(token.tokens, style));
  if (token.type === "em") return style("italic", inline(token.tokens, style));
  if (token.type === "codespan") return style("cyan", token.text);
  if (token.type === "br") return "\n";
  if (token.type === "link") return link(token, style);
  if (token.type === "text" && token.tokens === undefined) {
    return token.escaped === true ? withoutTags(token.text) : token.text;
  }
  return "tokens" in token && token.tokens !== undefined
    ? inline(token.tokens, style)
    : withoutTags(token.raw);
}

function link({ href, tokens }: Tokens.Link, style: Style): string {
  const text = inline(tokens, style);
  return stripVTControlCharacters(text) === href ? text : `${text} (${href})`;
}

function table({ header, align, rows }: Tokens.Table, style: Style): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => inline(cell.tokens, style).split("\n")));
  const widths = header.map((_, column) =>
    Math.max(
      ...cells.flatMap((row) => (row[column] ?? []).map((line) => textWidth(stripVTControlCharacters(line)))),
    ),
  );
  const lines = cells.map((row, index) => {
    const height = Math.max(...row.map((cell) => cell.length));
    const shown = Array.from({ length: height }, (_, line) =>
      row
        .map((cell, column) => pad(cell[line] ?? "", widths[column] ?? 0, align[column] === "right"))
        .join("  ")
        .trimEnd(),
    ).join("\n");
    return index === 0 ? style("bold", shown) : shown;
  });
  lines.splice(1, 0, widths.map((width) => "─".repeat(width)).join("  "));
  return lines.join("\n");
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - textWidth(stripVTControlCharacters(text))));
  return right ? space + text : text + space;
}

function indent(text: string, by = "  "): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? "" : by + line))
    .join("\n");
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** The text of HTML: without comments and tags, its character references decoded. */
function withoutTags(html: string): string {
  return html
    .replace(/<br ?\/?>/gi, "\n")
    .replace(/<!--.*?-->|<\/?[a-z][^>]*>/gis, "")
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return entities[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}
