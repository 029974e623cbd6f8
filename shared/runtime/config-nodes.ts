import {
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  type Event,
  getScalarValue,
  SCALAR_STYLE_DOUBLE_QUOTED,
  SCALAR_STYLE_SINGLE_QUOTED,
} from "js-yaml";

/** A part of a YAML text by where it stands; values are made elsewhere. `start` is an offset, -1 for a value left out. */
export type ConfigNode =
  | { readonly kind: "scalar"; readonly start: number; readonly text: string }
  | { readonly kind: "sequence"; readonly start: number; readonly items: ConfigNode[] }
  /** Keys and values in turn. */
  | { readonly kind: "mapping"; readonly start: number; readonly items: ConfigNode[] }
  /** `target` is undefined where no anchor of the name stands before, and "itself" within its own anchor. */
  | {
      readonly kind: "alias";
      readonly start: number;
      readonly name: string;
      readonly target: ConfigNode | "itself" | undefined;
    };

type Collection = Extract<ConfigNode, { items: ConfigNode[] }>;

/** The contents of each document of a text, from the parser's events. */
export function readNodes(events: readonly Event[], text: string): (ConfigNode | undefined)[] {
  const documents: (ConfigNode | undefined)[] = [];
  const open: Collection[] = [];
  let anchors = new Map<string, ConfigNode>();
  for (const event of events) {
    if (event.type === EVENT_POP) {
      open.pop();
    } else if (event.type === EVENT_DOCUMENT) {
      documents.push(undefined);
      anchors = new Map();
    } else {
      const node = nodeOf(event, text, anchors, open);
      const around = open.at(-1);
      if (around === undefined) documents[documents.length - 1] = node;
      else around.items.push(node);
      if ("items" in node) open.push(node);
      if (event.type !== EVENT_ALIAS && event.anchorStart >= 0) {
        anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
      }
    }
  }
  return documents;
}

function nodeOf(
  event: Exclude<Event, { type: typeof EVENT_POP } | { type: typeof EVENT_DOCUMENT }>,
  text: string,
  anchors: ReadonlyMap<string, ConfigNode>,
  open: readonly ConfigNode[],
): ConfigNode {
  switch (event.type) {
    case EVENT_SCALAR:
      return { kind: "scalar", start: startOf(event), text: getScalarValue(text, event) };
    case EVENT_SEQUENCE:
      return { kind: "sequence", start: event.start, items: [] };
    case EVENT_MAPPING:
      return { kind: "mapping", start: event.start, items: [] };
    case EVENT_ALIAS: {
      const name = text.slice(event.anchorStart, event.anchorEnd);
      const found = anchors.get(name);
      const target = found !== undefined && open.includes(found) ? "itself" : found;
      return { kind: "alias", start: event.anchorStart - 1, name, target };
    }
  }
}

/** The parser's offset of a quoted text is behind its quote. */
function startOf({ style, valueStart }: Extract<Event, { type: typeof EVENT_SCALAR }>): number {
  const quoted = style === SCALAR_STYLE_SINGLE_QUOTED || style === SCALAR_STYLE_DOUBLE_QUOTED;
  return quoted ? valueStart - 1 : valueStart;
}

/** The pairs of a mapping. */
export function pairsOf(mapping: Collection): (readonly [key: ConfigNode, value: ConfigNode])[] {
  const pairs: (readonly [ConfigNode, ConfigNode])[] = [];
  for (let index = 0; index + 1 < mapping.items.length; index += 2) {
    const key = mapping.items[index];
    const value = mapping.items[index + 1];
    if (key !== undefined && value !== undefined) pairs.push([key, value]);
  }
  return pairs;
}

/** Calls `visit` for a node and all below it, aliases not followed. */
export function walk(node: ConfigNode, visit: (node: ConfigNode) => void): void {
  visit(node);
  if ("items" in node) for (const item of node.items) walk(item, visit);
}

/** How many nodes there are with every alias written out. Not for nodes that contain themselves. */
export function sizeOf(node: ConfigNode, known = new Map<ConfigNode, number>()): number {
  const before = known.get(node);
  if (before !== undefined) return before;
  let size = 1;
  if ("items" in node) for (const item of node.items) size += sizeOf(item, known);
  else if (node.kind === "alias" && typeof node.target === "object") size = sizeOf(node.target, known);
  known.set(node, size);
  return size;
}
