import { visible } from "./remote-text.ts";

export { fitSummary } from "./summary-limit.ts";

/*
 * Job summaries as GitHub-flavoured Markdown, from pure functions. What is called a text is any text at all and shows
 * exactly as it is; what is called Markdown was made by these functions and is put in unchanged.
 */

export type Column = { readonly title: string; readonly align?: "left" | "right" | "center" };

/** Titles are texts; cells are Markdown. */
export type Table = {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
};

// A comment shows nothing, but parts the text in which GitHub looks for links, mentions, issues, emoji and formulas.
const gap = "<!-- -->";

/**
 * A text as Markdown that shows exactly that text, in a paragraph, a heading, a table or a folded part: no markup, no
 * mention, no link to an issue or an address, no emoji code. A line break stays one; invisible characters are shown.
 */
export function plain(text: string): string {
  return visible(text).replace(special, (found) => {
    if (found === "\n") return "<br>";
    const shown = /^[:@A-Za-z]/.test(found) ? found : `&#${found.codePointAt(0)};`;
    return /[:@#$A-Za-z]/.test(found) ? shown + gap : shown;
  });
}

const special = new RegExp(
  [
    /[\n\t]|[^\S\n](?=\s|$)|(?<=^|\s)[^\S\n]/, // blanks that Markdown would drop
    /[\\`*_[\]<>|~&#$@]/, // markup, wherever it stands
    /^[-+=]|(?<=^\d{1,9})[.)]/, // lists and underlines
    /:(?=\/\/|[\w+-]+:)|GH-(?=\d)|www(?=\.)/, // addresses, emoji, issues
  ]
    .map((pattern) => pattern.source)
    .join("|"),
  "gi",
);

/** A heading; `title` is a text, its line breaks become blanks. */
export function heading(level: 1 | 2 | 3 | 4, title: string): string {
  return `${"#".repeat(level)} ${plain(oneLine(title))}`;
}

/** One paragraph of Markdown. */
export function paragraph(markdown: string): string {
  return markdown.trim().replace(/\n\s*\n/g, "\n");
}

/** A table. A row may be short of cells, never have more than there are columns. */
export function table({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const body = rows.map((cells) => {
    if (cells.length > columns.length) {
      throw new RangeError(`a table row has ${cells.length} cells for ${columns.length} columns`);
    }
    return line(columns.map((_, index) => cells[index] ?? ""));
  });
  const titles = columns.map(({ title }) => plain(title));
  return [line(titles), line(columns.map(({ align }) => rules[align ?? "none"])), ...body].join("\n");
}

const rules = { none: "---", left: ":--", right: "--:", center: ":-:" } as const;

function cell(markdown: string): string {
  return markdown.replaceAll("|", "&#124;").replace(/\r\n?|\n/g, "<br>");
}

/** A part that is folded at first; `title` is a text, `body` Markdown. */
export function details(title: string, body: string): string {
  return `<details><summary>${plain(oneLine(title))}</summary>\n\n${body}\n\n</details>`;
}

/** A text in the typeface of code, within a line. */
export function code(text: string): string {
  return `<code>${plain(text)}</code>`;
}

/** A block of code; `lang` chooses the colours. Not for a table cell. */
export function codeBlock(text: string, lang = ""): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `${fence}${lang}\n${visible(text).replace(/\n$/, "")}\n${fence}`;
}

/** A link with a text for its name. An address that is not http or https is left out, and only the text shows. */
export function link(text: string, address: string): string {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return plain(text);
  const target = url.href.replace(/[()[\]\\`|<>"'$*_~]/g, percentEncode).replaceAll("&", "&amp;");
  return `[${plain(oneLine(text))}](${target})`;
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]\s*/g, " ");
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
