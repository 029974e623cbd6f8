import {
  EVENT_ALIAS,
  EVENT_DOCUMENT,
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
  const reader = { events, text, at: 0, anchors: new Map<string, ConfigNode>(), open: [] };
  while (reader.at < events.length) {
    reader.at += 1; // the event that opens a document
    reader.anchors.clear();
    documents.push(readNode(reader));
    if (documents.at(-1) !== undefined) reader.at += 1; // and the one that closes it
  }
  return documents;
}

type Reader = {
  readonly events: readonly Event[];
  readonly text: string;
  readonly anchors: Map<string, ConfigNode>;
  /** The collections around the next event. */
  readonly open: ConfigNode[];
  /** Index of the next event. */
  at: number;
};

/** The next node with all in it; undefined at the end of what is open. */
function readNode(reader: Reader): ConfigNode | undefined {
  const { text, anchors } = reader;
  const event = reader.events[reader.at];
  reader.at += 1;
  if (event === undefined || event.type === EVENT_POP || event.type === EVENT_DOCUMENT) return undefined;
  if (event.type === EVENT_ALIAS) {
    const name = text.slice(event.anchorStart, event.anchorEnd);
    const found = anchors.get(name);
    const target = found !== undefined && reader.open.includes(found) ? "itself" : found;
    return { kind: "alias", start: event.anchorStart - 1, name, target };
  }
  const node: ConfigNode =
    event.type === EVENT_SCALAR
      ? { kind: "scalar", start: startOf(event), text: getScalarValue(text, event) }
      : { kind: event.type === EVENT_SEQUENCE ? "sequence" : "mapping", start: event.start, items: [] };
  if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
  if ("items" in node) {
    reader.open.push(node);
    for (let item = readNode(reader); item !== undefined; item = readNode(reader)) node.items.push(item);
    reader.open.pop();
  }
  return node;
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

/** The keys of a mapping. */
export function keysOf(mapping: Collection): ConfigNode[] {
  return mapping.items.filter((_, index) => index % 2 === 0);
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
