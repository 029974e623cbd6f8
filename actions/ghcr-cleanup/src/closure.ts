import type { Node } from "./graph.ts";
import type { KeepReason } from "./plan.ts";

/**
 * Everything that stays because of the versions in `kept`, with the reason of each: what they consist of, what is about
 * them, and what they are about; then the same of those, until nothing is added. Fills `kept`.
 */
export function keepWhatIsNeeded(kept: Map<Node, KeepReason>): void {
  const open = [...kept.keys()];
  const add = (needed: readonly Node[], by: Node, as: "child" | "referrer" | "subject"): void => {
    for (const each of needed) {
      if (kept.has(each)) continue;
      kept.set(each, { why: "needed", by: by.version.digest, as });
      open.push(each);
    }
  };
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    add(node.children, node, "child");
    add(node.referrers, node, "referrer");
    add(node.about, node, "subject");
  }
}

/**
 * What goes along with the versions in `roots`: what they consist of and what is about them, down to the end, without
 * what stays. Each with the first root that it was reached from.
 */
export function goesWith(roots: readonly Node[], stays: (node: Node) => boolean): ReadonlyMap<Node, Node> {
  const found = new Map<Node, Node>();
  const open: Node[] = [];
  const add = (next: readonly Node[], root: Node): void => {
    for (const each of next) {
      if (found.has(each) || each === root || stays(each)) continue;
      found.set(each, root);
      open.push(each);
    }
  };
  for (const root of roots) {
    for (let node: Node | undefined = root; node !== undefined; node = open.pop()) {
      add(node.children, root);
      add(node.referrers, root);
    }
  }
  return found;
}
