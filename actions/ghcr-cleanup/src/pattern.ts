import { ValueError } from "../../../shared/runtime/values.ts";

/** Says whether a tag or a name matches; `source` is the pattern as it was written. */
export type Pattern = { readonly source: string; matches(text: string): boolean };

// Tags have at most 128 characters (OCI distribution specification), names of packages 255.
const longest = 255;
// What tags and the names of packages consist of (same specification). A pattern with anything else matches nothing: it
// is a list without commas, an expression without slashes, a name in quotes, or a digest, and would keep nothing.
const possible = /^[A-Za-z0-9._/-]$/;

/**
 * A glob (`*`, `?`, `[a-z]`, `[!a-z]`) or a regular expression between slashes. A glob must match the whole text; `*`
 * matches slashes too, because a tag has none and a name's are no folders. Throws ValueError.
 */
export function parsePattern(source: string): Pattern {
  if (source === "") throw new ValueError("must not be empty");
  if (source.length > longest) throw new ValueError(`must have at most ${longest} characters`);
  if (source.startsWith("/")) return expression(source);
  return glob(source);
}

function expression(source: string): Pattern {
  const body = /^\/(.+)\/$/s.exec(source)?.[1];
  if (body === undefined) {
    throw new ValueError("must end with a slash, without flags, when it starts with one: /^v[0-9]+$/");
  }
  if (/\s/.test(body)) throw new ValueError("has a blank, which no tag has; put commas between patterns");
  try {
    const compiled = new RegExp(body, "u");
    return { source, matches: (text) => compiled.test(text) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ValueError(`is not a regular expression (${why})`);
  }
}

type Token = "any" | ((character: string) => boolean);

function glob(source: string): Pattern {
  const tokens = tokensOf(source);
  const [only] = tokens;
  if (tokens.length === 1 && only === "any") return { source, matches: () => true };
  return { source, matches: (text) => matchGlob(tokens, [...text]) };
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...source];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") tokens.push("any");
    else if (character === "?") tokens.push(() => true);
    else if (character === "[") {
      const end = characters.indexOf("]", at + (characters[at + 1] === "!" ? 3 : 2));
      if (end === -1) throw new ValueError("has a [ without its ]");
      tokens.push(setOf(characters.slice(at + 1, end)));
      at = end;
    } else {
      if (!possible.test(character)) {
        throw new ValueError(
          `has ${JSON.stringify(character)}, which no tag has; put commas between patterns, and slashes around a /regular expression/`,
        );
      }
      tokens.push((other) => other === character);
    }
  }
  return tokens;
}

function setOf(inner: readonly string[]): (character: string) => boolean {
  const negated = inner[0] === "!";
  const members = negated ? inner.slice(1) : inner;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? "";
    const to = members[at + 2];
    if (members[at + 1] === "-" && to !== undefined) {
      if (from > to) throw new ValueError(`has the range ${from}-${to}, which is empty`);
      ranges.push([from, to]);
      at += 2;
    } else ranges.push([from, from]);
  }
  return (character) => negated !== ranges.some(([from, to]) => character >= from && character <= to);
}

/** Linear in each `*`: no pattern of a user can take long. */
function matchGlob(tokens: readonly Token[], text: readonly string[]): boolean {
  let [at, token, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    const current = tokens[token];
    if (current === "any") {
      star = token++;
      resume = at;
    } else if (current?.(text[at] ?? "") === true) {
      at++;
      token++;
    } else if (star !== -1) {
      token = star + 1;
      at = ++resume;
    } else return false;
  }
  while (tokens[token] === "any") token++;
  return token === tokens.length;
}
