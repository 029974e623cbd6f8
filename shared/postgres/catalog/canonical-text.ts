/**
 * Reading texts as the server's ruleutils.c writes them, with search_path empty: keywords in capitals, one blank
 * between words, identifiers in double quotes where they have to be, and quotes within quotes doubled.
 */

/** The group in parentheses that the text begins with, and what follows. */
export function afterGroup(text: string): readonly [group: string, rest: string] {
  let depth = 0;
  for (const { character, at } of unquoted(text)) {
    if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return [text.slice(0, at + 1), text.slice(at + 1)];
  }
  return [text, ""];
}

/** The items of a list, which are separated by `, ` outside of quotes and parentheses. */
export function splitList(text: string): readonly string[] {
  const items: string[] = [];
  let start = 0;
  let depth = 0;
  for (const { character, at } of unquoted(text)) {
    if (character === "(" || character === "[") depth++;
    else if (character === ")" || character === "]") depth--;
    else if (character === "," && depth === 0) {
      items.push(text.slice(start, at));
      start = at + 2;
    }
  }
  if (start < text.length) items.push(text.slice(start));
  return items;
}

/** `it's` of `'it''s'`. */
export function unquoteString(literal: string): string {
  return literal.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : literal;
}

/** `Total "net"` of `"Total ""net"""`, `total` of `total`. */
export function unquoteIdentifier(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}

/** The identifiers of a name: `public`, `orders` and `"Total.net"` of `public.orders."Total.net"`. */
export function identifiers(name: string): readonly string[] {
  const found: string[] = [];
  let start = 0;
  for (const { character, at } of unquoted(name)) {
    if (character === "(") break;
    if (character !== ".") continue;
    found.push(name.slice(start, at));
    start = at + 1;
  }
  return [...found, name.slice(start)];
}

/** The characters outside of strings and quoted identifiers. */
function* unquoted(text: string): Generator<{ readonly character: string; readonly at: number }> {
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    // A doubled quote ends the quoted text and begins it again.
    if (quote !== undefined) quote = character === quote ? undefined : quote;
    else if (character === '"' || character === "'") quote = character;
    else yield { character, at };
  }
}
