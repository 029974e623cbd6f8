import type { ServerVersion } from "../server-version.ts";
import { KINDS } from "./kinds.ts";

/** A kind of object, in PostgreSQL's words. */
export type Kind = keyof typeof KINDS;

export const kindNames = Object.keys(KINDS) as Kind[];

/**
 * How the values of a property compare.
 * - `text`: one value, as it stands.
 * - `expression`: one value that the server wrote back from a parsed form. Two texts can mean the same; parsing both
 *   on one server decides.
 * - `set`: values whose order means nothing. `list`: values whose order counts.
 * - `order`: names whose presence is told elsewhere; only the order of those on both sides counts.
 * - `derived`: follows from other properties, is kept for parsing expressions again, and never compared.
 */
export type Comparison = "text" | "expression" | "set" | "list" | "order" | "derived";

export type PropertyModel = {
  readonly is: Comparison;
  /** What it means when an object has no such property: the default, in a word or two. */
  readonly absent?: string;
  /** The first major version of PostgreSQL that can say it. Older servers never have the property. */
  readonly since?: number;
  /** Who may read it, when not everybody: where it could not be read, it cannot be compared. */
  readonly readableBy?: string;
};

export type KindModel = {
  /** In the order in which a snapshot has them. */
  readonly properties: Readonly<Record<string, PropertyModel>>;
  /**
   * What an object is a part of, so that it goes when that goes: `name` if the name is that of the whole with one
   * more identifier, else the property that says it.
   */
  readonly partOf?: { readonly kinds: readonly string[]; readonly by: "name" | string };
  /** Objects without any property are left out, and are there nevertheless as long as the whole is. */
  readonly sparse?: true;
};

/** What makes one object: properties that are not at their default, each with one or more values. */
export type Properties = ReadonlyMap<string, readonly string[]>;

export type CatalogObject = {
  readonly kind: Kind;
  /** As SQL writes it, schema first, each identifier quoted where it has to be: `public.orders.total`. */
  readonly name: string;
  readonly properties: Properties;
};

export type Address = Pick<CatalogObject, "kind" | "name">;

/**
 * A whole schema as plain data. Objects are kept packed, as the text that a snapshot has of them: texts that are equal
 * need no unpacking, and tens of thousands of objects stay small. `unpack` gives the properties.
 */
export type Catalog = {
  readonly server: ServerVersion;
  /** Kind, then name, then packed properties. Kinds without an object may be absent. */
  readonly objects: ReadonlyMap<Kind, ReadonlyMap<string, string>>;
  /** Properties that the role could not read, as `kind.property`: comparing them would be guessing. */
  readonly unreadable: ReadonlySet<string>;
};

/** The model of a kind, seen without its literal type. */
export function kindModel(kind: Kind): KindModel {
  return KINDS[kind];
}

/** The model of a property; undefined for one that the kind does not have. */
export function propertyModel(kind: Kind, property: string): PropertyModel | undefined {
  return kindModel(kind).properties[property];
}
