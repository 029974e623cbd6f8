import { type Graph, isAccessory, type Node } from "./graph.ts";
import type { KeepReason } from "./plan.ts";
import type { Rules } from "./rules.ts";

/** What the rules say of each version by itself, before anything that is tied to it is looked at. */
export type OwnRight = {
  /** Why versions stay; what is not in it may go. */
  readonly kept: Map<Node, KeepReason>;
  /** Tags that `delete-tags` takes from versions, if those stay for a reason that allows it. */
  readonly removable: ReadonlyMap<Node, readonly string[]>;
  /** Images as a person counts them, the newest first. */
  readonly counted: readonly Node[];
};

/** Judges every version in its own right. `now` is in milliseconds since 1970. Pure. */
export function judgeAlone(graph: Graph, rules: Rules, now: number): OwnRight {
  const time = timeOf(rules);
  const counted = graph.nodes.filter(countable(graph, rules)).sort(newest(time));
  const last = new Set(counted.slice(0, rules.keepLast));
  const loose = graph.nodes.filter(isLoose).sort(newest(time));
  const lastLoose = new Set(loose.slice(0, rules.keepUntagged));
  const elsewhere = signsElsewhere(graph);

  const kept = new Map<Node, KeepReason>();
  const removable = new Map<Node, readonly string[]>();
  for (const node of graph.nodes) {
    const { version, realTags } = node;
    const protectedDigest = rules.protectDigests.has(version.digest);
    // It holds nothing, and was to be deleted by the run that made it.
    if (node.leftOver && !protectedDigest) continue;
    const old = isOlder(time(node), rules.olderThan, now);
    const going = removableTags(node, rules);
    const reason =
      (protectedDigest ? ({ why: "protected" } as const) : undefined) ??
      keptByTag(node, rules) ??
      (realTags.length > 0
        ? taggedReason({ rules, realTags, going, old, isLast: last.has(node) })
        : untaggedReason(node, { rules, now, isLast: lastLoose.has(node), elsewhere }));
    if (reason !== undefined) kept.set(node, reason);
    if (going.length > 0 && old && !protectedDigest && !last.has(node)) removable.set(node, going);
  }
  return { kept, removable, counted };
}

function keptByTag({ version }: Node, { keepTags }: Rules): KeepReason | undefined {
  for (const tag of version.tags) {
    const pattern = keepTags.find((each) => each.matches(tag));
    if (pattern !== undefined) return { why: "keep-tags", tag, pattern: pattern.source };
  }
  return undefined;
}

type Tagged = {
  readonly rules: Rules;
  readonly realTags: readonly string[];
  readonly going: readonly string[];
  readonly old: boolean;
  readonly isLast: boolean;
};

function taggedReason({ rules, realTags, going, old, isLast }: Tagged): KeepReason | undefined {
  const chosen = rules.deleteTags.length > 0;
  if (chosen && going.length === 0) return { why: "not-selected" };
  if (!old) return { why: "young" };
  if (isLast) return { why: "keep-last" };
  if (chosen && going.length < realTags.length) return { why: "other-tags" };
  return undefined;
}

type Untagged = {
  readonly rules: Rules;
  readonly now: number;
  readonly isLast: boolean;
  readonly elsewhere: boolean;
};

function untaggedReason(node: Node, { rules, now, isLast, elsewhere }: Untagged): KeepReason | undefined {
  const { createdAt, updatedAt } = node.version;
  const touched =
    createdAt === undefined || updatedAt === undefined ? undefined : Math.max(createdAt, updatedAt);
  if (!isOlder(touched, rules.minAge, now)) return { why: "young" };
  if (isLast) return { why: "keep-untagged" };
  if (elsewhere && isAccessory(node) && node.about.length === 0) return { why: "subject-elsewhere" };
  return undefined;
}

function removableTags({ realTags }: Node, { deleteTags, keepTags }: Rules): readonly string[] {
  if (deleteTags.length === 0) return [];
  return realTags.filter(
    (tag) =>
      deleteTags.some((pattern) => pattern.matches(tag)) && !keepTags.some((pattern) => pattern.matches(tag)),
  );
}

/** An image that a person would count: not one architecture of another tagged image, nor a document about one. */
function countable({ nodes }: Graph, { deleteTags }: Rules): (node: Node) => boolean {
  const parts = new Set<Node>();
  const reach = nodes.filter(isNamed);
  for (let node = reach.pop(); node !== undefined; node = reach.pop()) {
    for (const child of node.children) {
      if (parts.has(child)) continue;
      parts.add(child);
      reach.push(child);
    }
  }
  return (node) =>
    isNamed(node) &&
    !parts.has(node) &&
    (deleteTags.length === 0 ||
      node.realTags.some((tag) => deleteTags.some((pattern) => pattern.matches(tag))));
}

function isNamed({ realTags, pointsAtSubject, leftOver }: Node): boolean {
  return realTags.length > 0 && !pointsAtSubject && !leftOver;
}

/** An untagged version that is no part of anything. */
function isLoose({ version, parents, subjects, leftOver }: Node): boolean {
  return !leftOver && version.tags.length === 0 && parents.length === 0 && subjects.length === 0;
}

/**
 * Whether the package holds nothing but documents about images of other packages (cosign's COSIGN_REPOSITORY does
 * that): nobody here can tell which of them are still needed.
 */
function signsElsewhere({ nodes }: Graph): boolean {
  const accessories = nodes.filter(isAccessory);
  return accessories.length > 0 && accessories.every(({ about }) => about.length === 0);
}

function timeOf({ by }: Rules): (node: Node) => number | undefined {
  return ({ version }) => (by === "created" ? version.createdAt : version.updatedAt);
}

/** A time that is not known is not old. */
function isOlder(time: number | undefined, age: number, now: number): boolean {
  return time !== undefined && now - time >= age;
}

function newest(time: (node: Node) => number | undefined): (a: Node, b: Node) => number {
  return (a, b) => {
    const [one, other] = [time(a) ?? Number.POSITIVE_INFINITY, time(b) ?? Number.POSITIVE_INFINITY];
    return one === other ? b.version.id - a.version.id : other > one ? 1 : -1;
  };
}
