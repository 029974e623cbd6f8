import {
  constructFromEvents,
  type DocumentEvent,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  type Event,
  parseEvents,
  YAMLException,
} from "js-yaml";
import { type ConfigNode, keysOf, pairsOf, readNodes, sizeOf, walk } from "./config-nodes.ts";
import { throwProblems, UserError } from "./user-error.ts";

const mostBytes = 1024 * 1024;
// With every alias written out. No file for people comes near what is more than that (a "billion laughs" does).
const mostNodes = 200_000;
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
 * bounds, at most 1 MiB and 100 levels. Throws UserError or UserErrors.
 */
export function parseConfig(text: string, file: string): ConfigDocument {
  const size = Buffer.byteLength(text);
  if (size > mostBytes) {
    const why = `${size.toLocaleString("en")} bytes, more than 1 MiB`;
    throw configError(file, why, "Split the file.", { file });
  }
  const placeOf = placesIn(text, file);
  const events = orFault(file, placeOf, () => parseEvents(text, { maxDepth: mostLevels }));
  const root = onlyDocument(events, text, file, placeOf);
  throwProblems(structureFaults(root, placeOf).slice(0, mostFaults));
  if (events.some(({ type }) => type === EVENT_ALIAS) && sizeOf(root) > mostNodes) {
    const hint = "Write some of the values out instead.";
    throw configError(file, "its aliases stand for too many copies", hint, { file });
  }
  const [value] = orFault(file, placeOf, () => constructFromEvents(events, { source: text }));
  return { value, locate: (path, at) => placeOf(offsetOf(root, path, at)) };
}

type FilePlace = Place & { readonly file: string };
type PlaceOf = (offset: number) => FilePlace;

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

/** Lines and columns of offsets; a line ends where YAML ends it (YAML 1.2.2 section 5.4). */
function placesIn(text: string, file: string): PlaceOf {
  const starts = [text.startsWith("\u{feff}") ? 1 : 0];
  for (const { index, 0: end } of text.matchAll(/\r\n?|\n/g)) starts.push(index + end.length);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: Math.max(1, offset - (starts[low] ?? 0) + 1) };
  };
}

/** Runs a part of the parser; what it finds wrong becomes a UserError with its place. */
function orFault<T>(file: string, placeOf: PlaceOf, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const [why, hint] = syntaxFault(error.reason);
    throw configError(file, why, hint, error.mark === undefined ? { file } : placeOf(error.mark.position));
  }
}

function syntaxFault(reason: string): [why: string, hint: string] {
  if (/\btag\b/.test(reason))
    return ["a tag that YAML 1.2 core does not have", "Remove the word with the `!`."];
  if (/^tab characters/.test(reason)) return ["a tab where blanks are needed", "Indent with blanks."];
  if (/maxDepth/.test(reason))
    return [`nested more than ${mostLevels} levels deep`, "Make the file flatter."];
  if (/complex keys/.test(reason))
    return ["a list or mapping stands as a key", "Quote it, or remove the `?`."];
  return [`not valid YAML: ${reason}`, "Mend the syntax."];
}

function onlyDocument(events: readonly Event[], text: string, file: string, placeOf: PlaceOf): ConfigNode {
  const [root, second, ...others] = readNodes(events, text);
  if (second !== undefined || others.length > 0) {
    const where = second === undefined ? { file } : placeOf(second.start);
    throw configError(file, "a second document starts here", "Keep one document in the file.", where);
  }
  if (root === undefined || (root.kind === "scalar" && /^(?:~|null|Null|NULL|)$/.test(root.text))) {
    const hint = "Write the settings into it; the README of the action has an example.";
    throw configError(file, "the file is empty", hint, { file });
  }
  const directives = events.find(
    (event): event is DocumentEvent => event.type === EVENT_DOCUMENT,
  )?.directives;
  if (directives?.some((directive) => directive.kind === "yaml" && directive.version !== "1.2")) {
    throw configError(file, "YAML 1.1 is not supported", "Remove the %YAML line.", placeOf(0));
  }
  return root;
}

/** What YAML allows in its syntax and not in its meaning: keys that stand twice or nowhere, aliases without an end. */
function structureFaults(root: ConfigNode, placeOf: PlaceOf): UserError[] {
  const faults: UserError[] = [];
  const fault = (node: ConfigNode, what: string, why: string, hint: string): void =>
    void faults.push(configError(what, why, hint, placeOf(Math.max(0, node.start))));
  walk(root, (node) => {
    if (node.kind === "alias" && typeof node.target !== "object") {
      const why =
        node.target === "itself" ? "stands within its own anchor" : "no anchor of this name before it";
      fault(node, `*${node.name}`, why, "Write the value out instead of the alias.");
    }
    if (node.kind !== "mapping") return;
    const seen = new Set<string>();
    for (const key of keysOf(node)) {
      if (key.kind !== "scalar") continue;
      if (seen.has(key.text))
        fault(key, key.text || '""', "this key stands twice in one mapping", "Keep one of the two.");
      // Objects have it already: parsers and schemas drop it without a word.
      if (key.text === "__proto__") fault(key, key.text, "no key can have this name", "Rename it.");
      seen.add(key.text);
    }
  });
  return faults;
}

/** The offset to show for a path; see {@link ConfigDocument.locate}. */
function offsetOf(root: ConfigNode, path: readonly PropertyKey[], at?: "key"): number {
  let node = root;
  let offset = Math.max(0, root.start);
  for (const [index, part] of path.entries()) {
    if (node.kind === "alias" && typeof node.target === "object") node = node.target;
    if (node.kind === "sequence") {
      const item = node.items[Number(part)];
      if (item === undefined) break;
      node = item;
      offset = item.start >= 0 ? item.start : offset;
    } else if (node.kind === "mapping") {
      const pair = pairsOf(node).find(([key]) => key.kind === "scalar" && key.text === String(part));
      if (pair === undefined) break;
      const [key, value] = pair;
      const isLast = index === path.length - 1;
      const shown = (isLast && at === "key") || value.kind !== "scalar" || value.start < 0 ? key : value;
      offset = shown.start;
      node = value;
    } else break;
  }
  return offset;
}
