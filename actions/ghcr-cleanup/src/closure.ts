import type { Node } from "./graph.ts";
import type { KeepReason } from "./plan.ts";

/**
 * Everything that stays because of the versions in `kept`, with the reason of each: what they consist of, what is about
 * them, and what they are about; then the same of those, until nothing is added. Fills `kept`.
 */
export function keepWhatIsNeeded(kept: Map<Node, KeepReason>): void {
  const open = [...kept.keys()];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const by = node.version.digest;
    const add = (needed: readonly Node[], as: "child" | "referrer" | "subject"): void => {
      for (const each of needed) {
        if (kept.has(each)) continue;
        kept.set(each, { why: "needed", by, as });
        open.push(each);
      }
    };
    add(node.children, "child");
    add(node.referrers, "referrer");
    add(node.about, "subject");
  }
}

/**
 * What goes along with the versions in `roots`: what they consist of and what is about them, down to the end, without
 * what stays. Each with the first root that it was reached from.
 */
export function goesWith(roots: readonly Node[], stays: (node: Node) => boolean): ReadonlyMap<Node, Node> {
  const found = new Map<Node, Node>();
  for (const root of roots) {
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const next of [...node.children, ...node.referrers]) {
        if (found.has(next) || next === root || stays(next)) continue;
        found.set(next, root);
        open.push(next);
      }
    }
  }
  return found;
}
