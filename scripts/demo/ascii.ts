const marks: Readonly<Record<string, string>> = {
  "✅": "[ok]",
  "❌": "[failed]",
  "⏭️": "[skipped]",
  "✗": "x",
  "▾": ">",
  "│": "|",
  "─": "-",
  "·": "-",
  "•": "-",
  "→": "->",
  "…": "...",
};

const known = new RegExp(Object.keys(marks).join("|"), "gu");

/** A text for where it may be read by anything: the marks of our logs in ASCII, and `?` for what has no such form. */
export function ascii(text: string): string {
  return text.replace(known, (mark) => marks[mark] ?? mark).replace(/[^\n\t\x20-\x7e]/gu, "?");
}
