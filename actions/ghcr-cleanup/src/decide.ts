import { goesWith, keepWhatIsNeeded } from "./closure.ts";
import { type Graph, graphOf, isAccessory, type Node } from "./graph.ts";
import type { Manifests } from "./manifest.ts";
import { inSafeOrder } from "./order.ts";
import { judgeAlone, type OwnRight } from "./own-right.ts";
import type { DeleteReason, KeepReason, Plan, Untag } from "./plan.ts";
import type { Rules } from "./rules.ts";
import type { Version } from "./version.ts";
import { firstUnknown } from "./wanted.ts";

export type PackageFacts = { readonly versions: readonly Version[]; readonly manifests: Manifests };

/**
 * What happens to each version of one package; `now` is in milliseconds since 1970. Pure, and the same for any order of
 * the versions. A manifest that decides something and is not known keeps all of them: it might need any.
 */
export function decide({ versions, manifests }: PackageFacts, rules: Rules, now: number): Plan {
  const graph = graphOf(versions, manifests);
  const own = judgeAlone(graph, rules, now);
  const unknown = firstUnknown(versions, manifests);
  if (unknown !== undefined) return keepAll(graph, own, unknown.digest);

  let { kept, freed } = settle(graph, own, rules);
  const last = lastToStay(graph, kept, own);
  if (last !== undefined) {
    own.kept.set(last, { why: "last-version" });
    ({ kept, freed } = settle(graph, own, rules));
  }
  const going = new Set(graph.nodes.filter((node) => !kept.has(node)));
  return {
    keep: [...kept].map(([{ version }, reason]) => ({ version, reason })).sort(byId),
    delete: inSafeOrder(going).map((node) => ({
      version: node.version,
      reason: deleteReason(node, freed),
    })),
    untag: untags(kept, own),
    tooMany: excess(going.size, graph.nodes.length, rules.maxPercent),
  };
}

function keepAll({ nodes }: Graph, { kept }: OwnRight, digest: string): Plan {
  const reason: KeepReason = { why: "unreadable", digest };
  const keep = nodes.map((node) => ({ version: node.version, reason: kept.get(node) ?? reason }));
  return { keep: keep.sort(byId), delete: [], untag: [], tooMany: undefined };
}

type Settled = {
  readonly kept: Map<Node, KeepReason>;
  /** The version that one goes with. */
  readonly freed: (node: Node) => Node | undefined;
};

/** From the versions that stay in their own right to all that stay. */
function settle({ nodes }: Graph, own: OwnRight, { deleteUntagged }: Rules): Settled {
  const kept = new Map(own.kept);
  keepWhatIsNeeded(kept);
  const selected = nodes.filter((node) => node.realTags.length > 0 && !kept.has(node));
  const freed = goesWith(selected, (node) => kept.has(node));
  if (deleteUntagged) {
    const rest = nodes.filter((node) => !kept.has(node) && !freed.has(node) && node.parents.length === 0);
    const loose = goesWith(rest, (node) => kept.has(node) || freed.has(node));
    return { kept, freed: (node) => freed.get(node) ?? loose.get(node) };
  }
  for (const node of nodes) {
    if (node.realTags.length > 0 || kept.has(node) || freed.has(node)) continue;
    kept.set(node, { why: "untagged-stay" });
  }
  keepWhatIsNeeded(kept);
  return { kept, freed: (node) => freed.get(node) };
}

/**
 * The newest image, when the plan would leave nothing that GitHub leaves: it deletes neither the last tagged version of
 * a package nor the last of all ("You must delete the package instead").
 */
function lastToStay(
  { nodes }: Graph,
  kept: ReadonlyMap<Node, KeepReason>,
  { counted, removable }: OwnRight,
): Node | undefined {
  const tagged = nodes.filter(({ version, leftOver }) => version.tags.length > 0 && !leftOver);
  const stays = (node: Node): boolean => {
    const reason = kept.get(node);
    if (reason === undefined) return false;
    const taken = allowsUntag(reason) ? (removable.get(node)?.length ?? 0) : 0;
    return node.version.tags.length > taken;
  };
  if (tagged.length === 0) return kept.size > 0 ? undefined : newestOf(nodes);
  if (tagged.some(stays)) return undefined;
  return counted[0] ?? newestOf(tagged);
}

function newestOf(nodes: readonly Node[]): Node | undefined {
  const time = ({ version }: Node): number => version.createdAt ?? Number.POSITIVE_INFINITY;
  let best: Node | undefined;
  for (const node of nodes) {
    if (best === undefined || time(node) > time(best)) best = node;
    else if (time(node) === time(best) && node.version.id > best.version.id) best = node;
  }
  return best;
}

function allowsUntag({ why }: KeepReason): boolean {
  return why === "other-tags" || why === "keep-tags" || why === "needed";
}

function untags(kept: ReadonlyMap<Node, KeepReason>, { removable }: OwnRight): Untag[] {
  const found: Untag[] = [];
  for (const [node, tags] of removable) {
    const reason = kept.get(node);
    if (reason !== undefined && allowsUntag(reason)) found.push({ version: node.version, tags });
  }
  return found.sort(byId);
}

function deleteReason(node: Node, freed: Settled["freed"]): DeleteReason {
  if (node.leftOver) return { why: "left-over" };
  if (node.realTags.length > 0) return { why: "old" };
  const root = freed(node);
  if (root !== undefined) return { why: "goes-with", root: root.version.digest };
  const [subject] = node.about;
  if (subject !== undefined) return { why: "goes-with", root: subject.version.digest };
  return { why: isAccessory(node) ? "orphan" : "untagged" };
}

function excess(going: number, all: number, maxPercent: number): number | undefined {
  const percent = all === 0 ? 0 : (going / all) * 100;
  return percent > maxPercent ? percent : undefined;
}

function byId(a: { readonly version: Version }, b: { readonly version: Version }): number {
  return a.version.id - b.version.id;
}
