import type { Difference } from "../../../shared/postgres/catalog/difference.ts";
import type { Catalog } from "../../../shared/postgres/catalog/model.ts";
import { unpack } from "../../../shared/postgres/catalog/packed.ts";
import type { Root } from "../../../shared/postgres/catalog/roots.ts";
import type { Finding } from "./finding.ts";
import { withHead } from "./head.ts";
import type { Policy } from "./policy.ts";

type Sides = { readonly expected: Catalog; readonly actual: Catalog };

/** The differences without those in partitions of a table that both sides have, where nobody wants to see them. Pure. */
export function withoutPartitions(
  differences: readonly Difference[],
  sides: Sides,
  mode: Policy["partitions"],
): readonly Difference[] {
  if (mode !== "ignore") return differences;
  const partitions = new Set(
    [sides.expected, sides.actual].flatMap(({ objects }) =>
      [...(objects.get("table") ?? [])].flatMap(([name, packed]) => {
        const parent = partitionOf(packed);
        return parent !== undefined && isManaged(parent, sides) ? [name] : [];
      }),
    ),
  );
  if (partitions.size === 0) return differences;
  return differences.filter(({ name, expected, actual }) => {
    const on = (expected ?? actual)?.get("on")?.[0];
    if (on !== undefined && partitions.has(on)) return false;
    return !partitions.has(name) && ![...prefixesOf(name)].some((prefix) => partitions.has(prefix));
  });
}

/** Partitions that jobs make and drop, as one finding for their table; the other roots come back as they were. Pure. */
export function countPartitions(
  roots: readonly Root[],
  sides: Sides,
  mode: Policy["partitions"],
): { readonly roots: readonly Root[]; readonly findings: readonly Finding[] } {
  if (mode !== "count") return { roots, findings: [] };
  const byParent = new Map<string, Difference[]>();
  const rest = roots.filter(({ difference }) => {
    const parent = (difference.expected ?? difference.actual)?.get("partition-of")?.[0];
    const one = difference.expected === undefined || difference.actual === undefined;
    if (difference.kind !== "table" || !one || parent === undefined || !isManaged(parent, sides)) return true;
    byParent.set(parent, [...(byParent.get(parent) ?? []), difference]);
    return false;
  });
  return {
    roots: rest,
    findings: [...byParent].map(([parent, partitions]) => findingOn(parent, partitions)),
  };
}

function findingOn(parent: string, partitions: readonly Difference[]): Finding {
  const missing = partitions.filter(({ actual }) => actual === undefined).map(({ name }) => name);
  const unexpected = partitions.filter(({ expected }) => expected === undefined).map(({ name }) => name);
  const names = (list: readonly string[]): string => (list.length === 0 ? "none" : list.join("\n"));
  return withHead({ kind: "table", name: parent, along: [], repair: [] }, [
    {
      ...{ code: "SD-TABLE-PARTITIONS", direction: "changed", property: "partitions" },
      severity: missing.length > 0 ? "minor" : "info",
      reason:
        missing.length > 0
          ? `${missing.length} of its partitions are missing, and ${unexpected.length} unexpected: partitions: compare tells them one by one.`
          : `${unexpected.length} of its partitions are not in the baseline, as when a job makes them.`,
      expected: names(missing),
      actual: names(unexpected),
    },
  ]);
}

function partitionOf(packed: string): string | undefined {
  return /^partition-of (.*)$/m.exec(packed)?.[1];
}

function isManaged(parent: string, { expected, actual }: Sides): boolean {
  return [expected, actual].every((side) => {
    const packed = side.objects.get("table")?.get(parent);
    return packed !== undefined && unpack("table", parent, packed).properties.has("partition-key");
  });
}

function* prefixesOf(name: string): Generator<string> {
  for (let at = name.indexOf(".", name.indexOf(".") + 1); at !== -1; at = name.indexOf(".", at + 1))
    yield name.slice(0, at);
}
