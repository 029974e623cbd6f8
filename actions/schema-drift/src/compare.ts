import {
  type Catalog,
  type Kind,
  kindModel,
  kindNames,
  type Properties,
} from "../../../shared/postgres/catalog/model.ts";
import { unpack } from "../../../shared/postgres/catalog/packed.ts";
import type { Change, Difference } from "./difference.ts";

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
  for (const kind of kindNames) {
    const [should, is] = [expected.objects.get(kind) ?? none, actual.objects.get(kind) ?? none];
    for (const [name, packed] of should) {
      const other = is.get(name);
      if (other === packed || !includes(kind, name)) continue;
      const one = unpack(kind, name, packed).properties;
      if (other === undefined) {
        differences.push({ kind, name, expected: one, packed: { expected: packed }, changes: [] });
        continue;
      }
      const two = unpack(kind, name, other).properties;
      const changes = changesOf(kind, one, two, comparable);
      if (changes.length > 0) {
        const both = { expected: packed, actual: other };
        differences.push({ kind, name, expected: one, actual: two, packed: both, changes });
      }
    }
    for (const [name, packed] of is) {
      if (should.has(name) || !includes(kind, name)) continue;
      const { properties } = unpack(kind, name, packed);
      differences.push({ kind, name, actual: properties, packed: { actual: packed }, changes: [] });
    }
  }
  return differences;
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
