import type { Change, Difference } from "./difference.ts";
import { type Catalog, type Kind, kindModel, kindNames, type Properties } from "./model.ts";
import { unpack, wholeOf } from "./packed.ts";

/** What is left out of a comparison. */
export type Scope = {
  /** Whether an object of this name is compared at all. */
  readonly includes: (kind: Kind, name: string) => boolean;
};

/**
 * Every object that is not the same in both catalogs. Pure, and blind to meaning: expressions compare as texts, and
 * whether two texts mean the same is decided afterwards. Equal objects cost one comparison of strings.
 */
export function compareCatalogs(expected: Catalog, actual: Catalog, { includes }: Scope): Difference[] {
  const comparable = comparableIn(expected, actual);
  const differences: Difference[] = [];
  const none: ReadonlyMap<string, string> = new Map();
  const onBoth = (kind: Kind, name: string, one: string, two: string): void => {
    const [should, is] = [unpack(kind, name, one).properties, unpack(kind, name, two).properties];
    const changes = changesOf(kind, should, is, comparable);
    if (changes.length === 0) return;
    differences.push({
      kind,
      name,
      expected: should,
      actual: is,
      packed: { expected: one, actual: two },
      changes,
    });
  };
  for (const kind of kindNames) {
    const [should, is] = [expected.objects.get(kind) ?? none, actual.objects.get(kind) ?? none];
    for (const [name, packed] of should) {
      const other = is.get(name) ?? unsaid(kind, name, packed, actual);
      if (other === packed || !includes(kind, name)) continue;
      if (other !== undefined) onBoth(kind, name, packed, other);
      else {
        const { properties } = unpack(kind, name, packed);
        differences.push({ kind, name, expected: properties, packed: { expected: packed }, changes: [] });
      }
    }
    for (const [name, packed] of is) {
      if (should.has(name) || !includes(kind, name)) continue;
      const other = unsaid(kind, name, packed, expected);
      if (other !== undefined) onBoth(kind, name, other, packed);
      else {
        const { properties } = unpack(kind, name, packed);
        differences.push({ kind, name, actual: properties, packed: { actual: packed }, changes: [] });
      }
    }
  }
  return differences;
}

/** The packed form of an object that a catalog leaves out because nothing was said of it. */
function unsaid(kind: Kind, name: string, packed: string, catalog: Catalog): string | undefined {
  const { sparse, partOf } = kindModel(kind);
  if (sparse !== true) return undefined;
  return partOf === undefined || wholeOf(catalog, unpack(kind, name, packed)) !== undefined ? "" : undefined;
}

/** Whether both servers could say the property, and both roles could read it. */
type Comparable = (kind: Kind, property: string) => boolean;

function comparableIn(expected: Catalog, actual: Catalog): Comparable {
  const oldest = Math.min(expected.server.major, actual.server.major);
  return (kind, property) => {
    const key = `${kind}.${property}`;
    if (expected.unreadable.has(key) || actual.unreadable.has(key)) return false;
    return (kindModel(kind).properties[property]?.since ?? 0) <= oldest;
  };
}

/** The properties that differ between two versions of one object, in the order of the model. */
export function changesOf(kind: Kind, one: Properties, two: Properties, comparable: Comparable): Change[] {
  const changes: Change[] = [];
  for (const [property, { is }] of Object.entries(kindModel(kind).properties)) {
    if (is === "derived" || !comparable(kind, property)) continue;
    const [expected, actual] = [one.get(property) ?? [], two.get(property) ?? []];
    const differs =
      is === "set"
        ? !sameSet(expected, actual)
        : is === "order"
          ? !sameOrder(expected, actual)
          : !sameList(expected, actual);
    if (differs) changes.push({ property, expected, actual });
  }
  return changes;
}

function sameList(one: readonly string[], two: readonly string[]): boolean {
  return one.length === two.length && one.every((value, index) => value === two[index]);
}

function sameSet(one: readonly string[], two: readonly string[]): boolean {
  return sameList(one.toSorted(), two.toSorted());
}

/** Of what only one side has, its presence is told elsewhere. */
function sameOrder(one: readonly string[], two: readonly string[]): boolean {
  const [left, right] = [new Set(one), new Set(two)];
  return sameList(
    one.filter((value) => right.has(value)),
    two.filter((value) => left.has(value)),
  );
}
