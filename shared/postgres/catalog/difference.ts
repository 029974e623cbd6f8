import type { Kind, Properties } from "./model.ts";

/** A property that is not what it should be. No values: the object has it at its default. */
export type Change = {
  readonly property: string;
  readonly expected: readonly string[];
  readonly actual: readonly string[];
  /** Why nobody can tell whether the two expressions mean the same; absent when they do not. */
  readonly undecided?: string;
};

/** An object that is not the same on both sides. Without `expected` it is unexpected, without `actual` missing. */
export type Difference = {
  readonly kind: Kind;
  /** As the side has it that has it; of what is on both, the expected name. */
  readonly name: string;
  readonly expected?: Properties;
  readonly actual?: Properties;
  /** As the catalogs have it, packed. */
  readonly packed: { readonly expected?: string; readonly actual?: string };
  /** Empty unless the object is on both sides. */
  readonly changes: readonly Change[];
};

/** What an object's address is in a map. */
export function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}
