/** A text with `${NAME}` in it: literal parts and names in turn. */
export type Template = { readonly parts: readonly (string | { readonly name: string })[] };

/** Splits a text at `${NAME}`; `$${` stands for a literal `${`. Anything else is taken as it is. */
export function parseTemplate(text: string): Template {
  if (!text.includes("${")) return { parts: [text] };
  const parts: (string | { readonly name: string })[] = [];
  let literal = "";
  let rest = 0;
  for (const match of text.matchAll(/\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_-]*)\}/g)) {
    literal += text.slice(rest, match.index);
    rest = match.index + match[0].length;
    if (match[1] === undefined) {
      literal += "${";
      continue;
    }
    if (literal !== "") parts.push(literal);
    literal = "";
    parts.push({ name: match[1] });
  }
  literal += text.slice(rest);
  if (literal !== "" || parts.length === 0) parts.push(literal);
  return { parts };
}

/** The text that stands for `text` itself, whatever is in it. */
export function escapeNames(text: string): string {
  return text.replace(/\$\{/g, "$$$&");
}

/** The names used in a template, each once. */
export function namesIn(template: Template): string[] {
  return [...new Set(template.parts.flatMap((part) => (typeof part === "string" ? [] : [part.name])))];
}

/** What an object holds under a name of its own: `constructor` is there in every object, and no value of anybody's. */
export function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** Fills in a template. Every name must have a value: a missing one is a bug of the caller, who checks before. */
export function fill(template: Template, values: (name: string) => string | undefined): string {
  return template.parts
    .map((part) => {
      if (typeof part === "string") return part;
      const value = values(part.name);
      if (value === undefined) throw new Error(`no value for ${part.name}`);
      return value;
    })
    .join("");
}

/** Applies `change` to every string in a JSON-like value; keys stay. */
export function mapStrings(value: unknown, change: (text: string) => unknown): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((entry) => mapStrings(entry, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapStrings(entry, change)]));
}
