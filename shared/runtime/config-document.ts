import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from "yaml";
import { throwProblems, UserError } from "./user-error.ts";

const mostBytes = 1024 * 1024;
// Each use of an anchor counts, times the uses within it: no file for people comes near (a "billion laughs" does).
const mostAliases = 100;

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
  const fail = (why: string, hint: string, place?: Place): UserError =>
    new UserError(`${file}: ${why}.`, { hint, where: { file, ...place } });
  const size = Buffer.byteLength(text);
  if (size > mostBytes) throw fail(`${size.toLocaleString("en")} bytes, more than 1 MiB`, "Split the file.");
  try {
    return parse(text, fail);
  } catch (error) {
    // How deep the parser can go depends on the stack alone.
    if (!(error instanceof RangeError)) throw error;
    throw fail("nested too deeply", "Make the file flatter.");
  }
}

type Fail = (why: string, hint: string, place?: Place) => UserError;

function parse(text: string, fail: Fail): ConfigDocument {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const options = {
    version: "1.2",
    merge: false,
    stringKeys: true,
    prettyErrors: false,
    logLevel: "silent",
  } as const;
  const documents = parseAllDocuments(text, { ...options, lineCounter: lines });
  const [document, second] = documents;
  const faults = [...documents].flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  throwProblems(
    faults.slice(0, 20).map((fault) => fail(...syntaxFault(fault.code, fault.message), place(fault.pos[0]))),
  );
  if (second !== undefined) {
    const at = place(second.contents?.range?.[0] ?? second.range[0]);
    throw fail(
      "a second document starts here",
      "Keep one document, without a line of three dashes inside.",
      at,
    );
  }
  if (document === undefined || document.contents === null || isEmpty(document.contents)) {
    throw fail("the file is empty", "Write the settings into it; the README of the action has an example.");
  }
  if (document.directives?.yaml.version !== "1.2") {
    throw fail("YAML 1.1 is not supported", "Remove the %YAML line, or write 1.2 in it.", place(0));
  }
  return {
    value: toValue(document, fail, place),
    locate: (path, at) => place(offsetOf(document, path, at)),
  };
}

function isEmpty(contents: Node): boolean {
  return isScalar(contents) && contents.value === null;
}

function toValue(document: Document.Parsed, fail: Fail, place: (offset: number) => Place): unknown {
  visit(document, {
    Alias(_, alias) {
      const [start, , end] = alias.resolve(document)?.range ?? [0, 0, -1];
      const at = alias.range?.[0] ?? 0;
      if (start <= at && at < end)
        throw fail(`*${alias.source} contains itself`, "Write the value out.", place(at));
    },
  });
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw fail(
      `an alias that cannot be used (${error.message})`,
      "Write the value out instead of the alias.",
    );
  }
}

function syntaxFault(code: string, message: string): [why: string, hint: string] {
  if (code === "DUPLICATE_KEY") return ["this key stands twice in the same mapping", "Keep one of the two."];
  if (code === "TAG_RESOLVE_FAILED")
    return ["a tag that YAML 1.2 core does not have", "Remove the word after the `!`."];
  if (code === "TAB_AS_INDENT") return ["a tab where blanks are needed", "Indent with blanks."];
  const why = message.split("\n", 1)[0] ?? message;
  return [
    `not valid YAML: ${why.charAt(0).toLowerCase()}${why.slice(1).replace(/\.$/, "")}`,
    "Mend the syntax here.",
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
