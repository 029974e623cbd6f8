import { type Catalog, type Kind, kindModel, kindNames } from "./model.ts";
import { withoutLastIdentifier } from "./packed.ts";

export type SnapshotEntry = {
  readonly kind: Kind;
  readonly name: string;
  readonly packed: string;
  /** It follows what it is a part of. */
  readonly isPart: boolean;
};

/** All objects by kind and name, parts behind their wholes. The order depends on nothing but the catalog. */
export function snapshotOrder(catalog: Catalog): readonly SnapshotEntry[] {
  const rank = new Map(kindNames.map((kind, index) => [kind, String(index).padStart(2, "0")]));
  const keyOf = (kind: Kind, name: string, packed: string): string => {
    const own = `${rank.get(kind)}${name}`;
    const whole = wholeInPacked(catalog, kind, name, packed);
    return whole === undefined ? own : `${keyOf(...whole)}\0${own}`;
  };
  const entries: (SnapshotEntry & { readonly key: string })[] = [];
  for (const [kind, named] of catalog.objects) {
    for (const [name, packed] of named) {
      const key = keyOf(kind, name, packed);
      entries.push({ kind, name, packed, key, isPart: key.includes("\0") });
    }
  }
  return entries.sort((one, two) => (one.key < two.key ? -1 : one.key > two.key ? 1 : 0));
}

/** As `wholeOf`, without unpacking: this is asked of every object. */
function wholeInPacked(
  catalog: Catalog,
  kind: Kind,
  name: string,
  packed: string,
): readonly [Kind, string, string] | undefined {
  const { partOf } = kindModel(kind);
  if (partOf === undefined) return undefined;
  const whole = partOf.by === "name" ? withoutLastIdentifier(name) : valueIn(packed, partOf.by);
  for (const each of partOf.kinds as readonly Kind[]) {
    const found = whole === undefined ? undefined : catalog.objects.get(each)?.get(whole);
    if (found !== undefined) return [each, whole as string, found];
  }
  return undefined;
}

function valueIn(packed: string, property: string): string | undefined {
  const at = packed.startsWith(`${property} `) ? 0 : packed.indexOf(`\n${property} `) + 1;
  if (at === 0 && !packed.startsWith(`${property} `)) return undefined;
  return packed.slice(at + property.length + 1).split("\n", 1)[0];
}
