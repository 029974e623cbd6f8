import { UserError } from "../runtime/user-error.ts";

export type Statement = {
  readonly sql: string;
  /** Of its first character, counted from 1. */
  readonly line: number;
};

type Place = { readonly file: string; readonly line: number };

/**
 * Splits SQL at the semicolons where psql would: not within quotes, comments, parentheses, dollar quotes or the body of a
 * SQL-standard function. The lines of psql itself that pg_dump writes (`\restrict`) are left out. Throws a UserError for
 * others, and for data.
 */
export function splitStatements(sql: string, { file, line: firstLine }: Place): Statement[] {
  const statements: Statement[] = [];
  const scanner =
    /--[^\n]*|\/\*|'|"|\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$|[();]|\n\\[^\n]*|[\p{L}_][\p{L}\p{N}_$]*|[0-9.]+\w*/gu;
  const text = `\n${sql}`;
  let start = 1;
  let open = 0;
  let body = 0;
  let words: string[] = [];
  let last = "";
  // Asked for in rising order, so that nothing is counted twice.
  let counted = { offset: 1, line: firstLine };
  const lineAt = (offset: number): number => {
    const breaks = text.slice(counted.offset, offset).match(/\n/g)?.length ?? 0;
    counted = { offset, line: counted.line + breaks };
    return counted.line;
  };
  const finish = (end: number): void => {
    const skipped = /^(?:\s|--[^\n]*(?:\n|$))*/.exec(text.slice(start, end))?.[0].length ?? 0;
    const statement = text.slice(start + skipped, end);
    if (statement.trim() !== "") {
      if (/^copy\b[\s\S]*\bfrom\s+stdin\b/i.test(statement)) throw hasData(file, lineAt(start + skipped));
      statements.push({ sql: statement, line: lineAt(start + skipped) });
    }
    start = end + 1;
    words = [];
    open = 0;
    body = 0;
  };
  for (let found = scanner.exec(text); found !== null; found = scanner.exec(text)) {
    const [token] = found;
    const end = closeOf(text, found.index, token, last);
    if (end !== undefined) scanner.lastIndex = end;
    if (token.startsWith("\n\\")) {
      metaCommand(token, file, lineAt(found.index + 1));
      if (text.slice(start, found.index).trim() === "") start = found.index + token.length;
      // Its line break may begin the next one.
      continue;
    }
    if (token === "(") open++;
    else if (token === ")") open = Math.max(0, open - 1);
    else if (token === ";") {
      if (open === 0 && body === 0) finish(found.index);
    } else if (/^[\p{L}_]/u.test(token)) {
      const word = token.toLowerCase();
      if (words.length < 5) words.push(word);
      const routine =
        words[0] === "create" && words.some((each) => each === "function" || each === "procedure");
      // psqlscan.l: BEGIN (ATOMIC) and CASE end with END, within the definition of a routine.
      if (routine && (word === "begin" || (body > 0 && word === "case"))) body++;
      else if (routine && body > 0 && word === "end") body--;
    }
    last = token;
  }
  finish(text.length);
  return statements;
}

/** Where a quote or a comment that begins here ends; undefined for other tokens. */
function closeOf(text: string, at: number, token: string, last: string): number | undefined {
  if (token === "'") return quoteEnd(text, at + 1, "'", /^e$/i.test(last) && /e/i.test(text[at - 1] ?? ""));
  if (token === '"') return quoteEnd(text, at + 1, '"', false);
  if (token === "/*") return commentEnd(text, at + 2);
  if (token.startsWith("$")) {
    // A dollar sign can stand within a name; a quote never follows one.
    const close = text.indexOf(token, at + token.length);
    return close === -1 ? text.length : close + token.length;
  }
  return undefined;
}

function quoteEnd(text: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from; at < text.length; at++) {
    if (escapes && text[at] === "\\") at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return text.length;
}

/** Comments nest. */
function commentEnd(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith("*/", at)) {
      at++;
      if (--depth === 0) return at + 1;
    } else if (text.startsWith("/*", at)) {
      at++;
      depth++;
    }
  }
  return text.length;
}

// pg_dump fences its output with these against what a dump could make psql do.
const HARMLESS = /^\\(?:restrict|unrestrict)\b/;

function metaCommand(token: string, file: string, line: number): void {
  const command = token.slice(1);
  if (HARMLESS.test(command)) return;
  throw new UserError(`${file}, line ${line}: a command of psql, which is not run here.`, {
    hint: "Take it out; a baseline is plain SQL, such as pg_dump --schema-only writes it.",
    where: { file, line },
  });
}

function hasData(file: string, line: number): UserError {
  return new UserError(`${file}, line ${line}: data follow here, and a baseline has none.`, {
    hint: "Write the file with pg_dump --schema-only.",
    where: { file, line },
  });
}
