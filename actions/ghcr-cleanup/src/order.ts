import type { Node } from "./graph.ts";

/**
 * The order in which versions are deleted so that a run that stops in the middle leaves nothing broken: a parent before
 * its children, a subject before what is about it. First what nobody can pull by a tag, then tagged images, the oldest
 * first, each followed by what goes with it.
 */
export function inSafeOrder(going: ReadonlySet<Node>): Node[] {
  const heldBy = ({ parents, about }: Node): boolean =>
    parents.some((each) => going.has(each)) || about.some((each) => going.has(each));
  const first = [...going].sort(byRank);
  const roots = first.filter((node) => !heldBy(node));
  // What is left after these hangs in a ring (a manifest about one of its own children): parents first, then the rest.
  const starts = [
    ...roots,
    ...first.filter(({ parents }) => !parents.some((each) => going.has(each))),
    ...first,
  ];
  const order = walkAll(starts, going, below);
  // In such a ring not everything can come first: that parents do matters more, as an index without them is broken.
  return parentsFirst(order) ? order : walkAll(starts, going, ({ children }) => children.values());
}

function parentsFirst(order: readonly Node[]): boolean {
  const place = new Map(order.map((node, at) => [node, at]));
  return order.every((node, at) => node.parents.every((parent) => (place.get(parent) ?? -1) < at));
}

/** The reverse of a depth-first walk's order of leaving: what several roots share comes after the last of them. */
function walkAll(starts: readonly Node[], going: ReadonlySet<Node>, next: Next): Node[] {
  const left: Node[] = [];
  const seen = new Set<Node>();
  for (const start of starts.toReversed()) walk(start, { going, seen, left, next });
  return left.reverse();
}

type Next = (node: Node) => Iterator<Node>;
type Walk = {
  readonly going: ReadonlySet<Node>;
  readonly seen: Set<Node>;
  readonly left: Node[];
  readonly next: Next;
};
type Step = { readonly node: Node; readonly next: Iterator<Node> };

function walk(start: Node, { going, seen, left, next }: Walk): void {
  if (seen.has(start)) return;
  seen.add(start);
  const path: Step[] = [{ node: start, next: next(start) }];
  for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
    const { value, done } = step.next.next();
    if (done === true) {
      left.push(step.node);
      path.pop();
    } else if (going.has(value) && !seen.has(value)) {
      seen.add(value);
      path.push({ node: value, next: next(value) });
    }
  }
}

function* below({ children, referrers }: Node): Generator<Node, undefined> {
  yield* referrers;
  yield* children;
}

function byRank(a: Node, b: Node): number {
  const tagged = Number(a.version.tags.length > 0) - Number(b.version.tags.length > 0);
  if (tagged !== 0) return tagged;
  return (a.version.createdAt ?? 0) - (b.version.createdAt ?? 0) || a.version.id - b.version.id;
}
