import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseAllDocuments,
  visit,
} from "yaml";
import { throwProblems, UserError } from "./user-error.ts";

const mostBytes = 1024 * 1024;
// Each use of an anchor counts, times the uses within it: no file for people comes near (a "billion laughs" does).
const mostAliases = 1000;
const mostLevels = 100;
const mostFaults = 20;

/** Counted from 1. */
export type Place = { readonly line: number; readonly column: number };

export type ConfigDocument = {
  readonly value: unknown;
  /**
   * Where the part with this path stands: a single value by default, a list or mapping at its key. Where it is not in the
   * file, the nearest part around it. With `at: "key"`, its key.
   */
  readonly locate: (path: readonly PropertyKey[], at?: "key") => Place;
};

/**
 * One document of YAML 1.2 core (JSON is one): no duplicate keys, no tags of its own, no merge keys, no aliases without
 * bounds, at most 1 MiB. Throws UserError or UserErrors.
 */
export function parseConfig(text: string, file: string): ConfigDocument {
  const size = Buffer.byteLength(text);
  if (size > mostBytes) {
    throw configError(file, `${size.toLocaleString("en")} bytes, more than 1 MiB`, "Split the file.", {
      file,
    });
  }
  const lines = new LineCounter();
  const placeOf = (offset: number): FilePlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parse(text, file, lines, placeOf);
  throwProblems(structureFaults(document, placeOf).slice(0, mostFaults));
  return {
    value: toValue(document, file),
    locate: (path, at) => placeOf(offsetOf(document, path, at)),
  };
}

type FilePlace = Place & { readonly file: string };

/** A mistake in a config file; `what` is the file or a part of it. */
export function configError(
  what: string,
  why: string,
  hint: string,
  where: { readonly file: string } | FilePlace,
): UserError {
  const see = "line" in where ? ` See ${where.file}, line ${where.line}, column ${where.column}.` : "";
  return new UserError(`${what}: ${why}.`, { hint: hint + see, where });
}

function parse(
  text: string,
  file: string,
  lines: LineCounter,
  placeOf: (offset: number) => FilePlace,
): Document.Parsed {
  if (deepest(text) > mostLevels) throw tooDeep(file);
  const [document, second, ...more] = parseAllDocuments(text, { ...options, lineCounter: lines });
  const faults = [document, second, ...more].flatMap((each) => [
    ...(each?.errors ?? []),
    ...(each?.warnings ?? []),
  ]);
  if (faults.some(({ code }) => code === "RESOURCE_EXHAUSTION")) throw tooDeep(file);
  const places = new Map(faults.toReversed().map((fault) => [fault.pos[0], fault])); // of each place the first
  const errors = [...places.values()].toReversed().map((fault) => {
    const [why, hint] = syntaxFault(fault.code, fault.message);
    return configError(file, why, hint, placeOf(fault.pos[0]));
  });
  throwProblems(errors.slice(0, mostFaults));
  if (second !== undefined) {
    const where = placeOf(second.contents?.range?.[0] ?? second.range[0]);
    throw configError(file, "a second document starts here", "Keep one document in the file.", where);
  }
  const contents = document?.contents;
  if (document === undefined || !contents || (isScalar(contents) && contents.value === null)) {
    const hint = "Write the settings into it; the README of the action has an example.";
    throw configError(file, "the file is empty", hint, { file });
  }
  if (document.directives?.yaml.version !== "1.2") {
    throw configError(file, "YAML 1.1 is not supported", "Remove the %YAML line.", placeOf(0));
  }
  return document;
}

const options = {
  version: "1.2",
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false, // its check is quadratic; see structureFaults
  prettyErrors: false,
  logLevel: "silent",
} as const;

/** How deep brackets, and dashes on one line, are nested: beyond some thousands the parser runs out of memory. */
function deepest(text: string): number {
  let brackets = 0;
  let dashes = 0;
  let most = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") brackets++;
    else if (token === "]" || token === "}") brackets--;
    else if (token === "-" || token === "?") dashes++;
    else if (token === "\n" || token === "\r\n") dashes = 0;
    most = Math.max(most, brackets + dashes);
    if (most > mostLevels) break;
  }
  return most;
}

function tooDeep(file: string): UserError {
  return configError(file, `nested more than ${mostLevels} levels deep`, "Make the file flatter.", { file });
}

/** What YAML allows in its syntax and not in its meaning: keys that stand twice, aliases without an end. */
function structureFaults(document: Document.Parsed, placeOf: (offset: number) => FilePlace): UserError[] {
  const faults: UserError[] = [];
  const fault = (what: string, why: string, hint: string, offset: number | undefined): void => {
    faults.push(configError(what, why, hint, placeOf(offset ?? 0)));
  };
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name))
          fault(name, "this key stands twice in one mapping", "Keep one of the two.", key.range?.[0]);
        seen.add(name);
      }
    },
    Alias(_, alias) {
      const [start, , end] = alias.resolve(document)?.range ?? [];
      const at = alias.range?.[0] ?? 0;
      const hint = "Write the value out instead of the alias.";
      if (start === undefined || end === undefined)
        fault(`*${alias.source}`, "no anchor of this name before it", hint, at);
      else if (start <= at && at < end) fault(`*${alias.source}`, "stands within its own anchor", hint, at);
    },
  });
  return faults;
}

function toValue(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const hint = "Write some of the values out instead.";
    throw configError(file, `aliases stand for more than ${mostAliases} copies`, hint, { file });
  }
}

function syntaxFault(code: string, message: string): [why: string, hint: string] {
  if (code === "TAG_RESOLVE_FAILED")
    return ["a tag that YAML 1.2 core does not have", "Remove the word with the `!`."];
  if (code === "TAB_AS_INDENT") return ["a tab where blanks are needed", "Indent with blanks."];
  const why = message.split("\n", 1)[0] ?? message;
  return [
    `not valid YAML: ${why.charAt(0).toLowerCase()}${why.slice(1).replace(/\.$/, "")}`,
    "Mend the syntax.",
  ];
}

/** The offset to show for a path; see {@link ConfigDocument.locate}. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], at?: "key"): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) {
      const item = node.items[Number(part)];
      if (!isNode(item)) break;
      node = item;
      offset = item.range?.[0] ?? offset;
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined || !isNode(pair.key)) break;
      const keyOnly =
        (at === "key" && index === path.length - 1) || !isScalar(pair.value) || pair.value.value === null;
      node = pair.value;
      const shown = keyOnly || !isNode(node) ? pair.key : node;
      offset = shown.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
