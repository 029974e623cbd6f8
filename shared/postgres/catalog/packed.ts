import { identifiers, splitList } from "./canonical-text.ts";
import { splitDefinition } from "./definition.ts";
import {
  type Address,
  type Catalog,
  type CatalogObject,
  type Kind,
  kindModel,
  propertyModel,
} from "./model.ts";
import { canonicalOption } from "./storage-option.ts";

/**
 * The packed form of an object's properties: a line `property value` each, in the order of the model; a property with
 * several values has a line for each. What follows a line break in a value begins with a tab.
 */
export function unpack(kind: Kind, name: string, packed: string): CatalogObject {
  const properties = new Map<string, readonly string[]>();
  for (const [property, value] of packedLines(packed)) {
    const values = properties.get(property);
    properties.set(property, values === undefined ? [value] : [...values, value]);
  }
  for (const [property, values] of properties) {
    if (propertyModel(kind, property)?.is === "order") properties.set(property, values.flatMap(splitList));
  }
  const split = splitDefinition(kind, properties);
  return { kind, name, properties: withCanonicalOptions(kind, split) };
}

const WITH_STORAGE_OPTIONS: ReadonlySet<Kind> = new Set([
  ...(["table", "view", "materialized view", "index"] as const),
  ...(["primary key", "unique constraint", "exclusion constraint"] as const),
]);

function withCanonicalOptions(
  kind: Kind,
  properties: CatalogObject["properties"],
): CatalogObject["properties"] {
  const options = properties.get("option");
  if (options === undefined || !WITH_STORAGE_OPTIONS.has(kind)) return properties;
  return new Map(properties).set("option", options.map(canonicalOption).sort());
}

/** The lines of a packed object, as property and value. */
export function packedLines(packed: string): readonly (readonly [property: string, value: string])[] {
  if (packed === "") return [];
  return packed.split(/\n(?!\t)/).map((line) => {
    const blank = line.indexOf(" ");
    return [line.slice(0, blank), line.slice(blank + 1).replaceAll("\n\t", "\n")];
  });
}

/** A line of a packed object. */
export function packLine(property: string, value: string): string {
  return `${property} ${value.replaceAll("\n", "\n\t")}`;
}

/** The object at an address, or undefined. */
export function objectAt(catalog: Catalog, { kind, name }: Address): CatalogObject | undefined {
  const packed = catalog.objects.get(kind)?.get(name);
  return packed === undefined ? undefined : unpack(kind, name, packed);
}

/** The whole that an object is a part of, as the catalog has it; undefined for what stands by itself. */
export function wholeOf(catalog: Catalog, object: CatalogObject): Address | undefined {
  const { partOf } = kindModel(object.kind);
  if (partOf === undefined) return undefined;
  const name =
    partOf.by === "name" ? withoutLastIdentifier(object.name) : object.properties.get(partOf.by)?.[0];
  if (name === undefined) return undefined;
  for (const kind of partOf.kinds as readonly Kind[]) {
    if (catalog.objects.get(kind)?.has(name) === true) return { kind, name };
  }
  return undefined;
}

/** `public.orders` of `public.orders."Total.net"`. */
export function withoutLastIdentifier(name: string): string {
  return identifiers(name).slice(0, -1).join(".");
}

/** `"Total.net"` of `public.orders."Total.net"`, as SQL writes it. */
export function lastIdentifier(name: string): string {
  return identifiers(name).at(-1) ?? name;
}

/** The first identifier of a name, as SQL writes it: the schema of what is in one. */
export function firstIdentifier(name: string): string {
  return identifiers(name)[0] ?? name;
}
