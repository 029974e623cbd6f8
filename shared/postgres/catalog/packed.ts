import { splitDefinition } from "./definition.ts";
import { type Address, type Catalog, type CatalogObject, type Kind, kindModel } from "./model.ts";

/**
 * The packed form of an object's properties: a line `property value` each, in the order of the model; a property with
 * several values has a line for each. What follows a line break in a value begins with a tab.
 */
export function unpack(kind: Kind, name: string, packed: string): CatalogObject {
  const properties = new Map<string, string[]>();
  for (const [property, value] of packedLines(packed)) {
    const values = properties.get(property);
    if (values === undefined) properties.set(property, [value]);
    else values.push(value);
  }
  return { kind, name, properties: splitDefinition(kind, properties) };
}

/** The lines of a packed object, as property and value. */
export function packedLines(packed: string): readonly (readonly [property: string, value: string])[] {
  if (packed === "") return [];
  return packed.split(/\n(?!\t)/).map((line) => {
    const blank = line.indexOf(" ");
    // The value is empty where a snapshot lost the blank to an editor.
    if (blank < 0) return [line, ""];
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
  return name.slice(0, lastIdentifierAt(name) - 1);
}

/** `"Total.net"` of `public.orders."Total.net"`, as SQL writes it. */
export function lastIdentifier(name: string): string {
  return name.slice(lastIdentifierAt(name));
}

function lastIdentifierAt(name: string): number {
  let at = 0;
  // A quoted identifier has its own quotes doubled, so that an odd number of them is open.
  let quoted = false;
  for (let index = 0; index < name.length; index++) {
    const character = name[index];
    if (character === '"') quoted = !quoted;
    else if (character === "(" && !quoted) break;
    else if (character === "." && !quoted) at = index + 1;
  }
  return at;
}

/** The first identifier of a name, as SQL writes it: the schema of what is in one. */
export function firstIdentifier(name: string): string {
  return /^(?:"(?:[^"]|"")*"|[^.(]*)/.exec(name)?.[0] ?? name;
}
