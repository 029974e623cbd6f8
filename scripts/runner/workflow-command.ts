/** A workflow command, decoded: `::name key=value,…::data` or the older `##[name key=value;…]data`. */
export type WorkflowCommand = {
  /** In lower case. */
  readonly name: string;
  /** Keys in lower case. */
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
};

type Escapes = readonly (readonly [escaped: string, plain: string])[];
// In the runner's order, `%25` last (actions/runner ActionCommand.cs).
const dataEscapes: Escapes = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%25", "%"],
];
const propertyEscapes: Escapes = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%3A", ":"],
  ["%2C", ","],
  ["%25", "%"],
];
const olderEscapes: Escapes = [
  ["%3B", ";"],
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%5D", "]"],
  ["%25", "%"],
];

/**
 * Reads a line of output as the runner does. `::` counts at the start of the line, after white space; `##[` anywhere.
 * A line whose command is not in `known` (lower case) is text.
 */
export function parseCommand(line: string, known: ReadonlySet<string>): WorkflowCommand | undefined {
  return parseColons(line.trimStart(), known) ?? parseBrackets(line, known);
}

function parseColons(line: string, known: ReadonlySet<string>): WorkflowCommand | undefined {
  const end = line.startsWith("::") ? line.indexOf("::", 2) : -1;
  if (end < 0) return undefined;
  return command(line.slice(2, end), line.slice(end + 2), known, ",", propertyEscapes, dataEscapes);
}

function parseBrackets(line: string, known: ReadonlySet<string>): WorkflowCommand | undefined {
  const start = line.indexOf("##[");
  const end = start < 0 ? -1 : line.indexOf("]", start);
  if (end < 0) return undefined;
  return command(line.slice(start + 3, end), line.slice(end + 1), known, ";", olderEscapes, olderEscapes);
}

function command(
  head: string,
  data: string,
  known: ReadonlySet<string>,
  separator: string,
  inProperties: Escapes,
  inData: Escapes,
): WorkflowCommand | undefined {
  const [, name = "", list = ""] = /^([^ ]*) ?(.*)$/s.exec(head) ?? [];
  if (!known.has(name.toLowerCase())) return undefined;
  const properties: Record<string, string> = {};
  for (const pair of list.trim().split(separator)) {
    const [, key, value] = /^=*([^=]+)=+(.+)$/s.exec(pair) ?? [];
    if (key !== undefined && value !== undefined) properties[key.toLowerCase()] = decode(value, inProperties);
  }
  return { name: name.toLowerCase(), properties, data: decode(data, inData) };
}

function decode(text: string, escapes: Escapes): string {
  return escapes.reduce((soFar, [escaped, plain]) => soFar.replaceAll(escaped, plain), text);
}
