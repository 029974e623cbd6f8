import { addressKinds } from "./kinds/addresses.ts";
import { generatedKinds } from "./kinds/generated.ts";
import { keyKinds } from "./kinds/keys.ts";
import type { Kind } from "./kinds/kind.ts";
import { providerKinds } from "./kinds/providers.ts";

// In the order in which names are tried: the particular before the general.
const KINDS = { ...providerKinds, ...keyKinds, ...addressKinds, ...generatedKinds } as const;

export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as [KindName, ...KindName[]];

/** What is known of a kind. */
export function kindOf(name: KindName): Kind {
  return KINDS[name];
}

/** The kind that a secret of this name most likely is; `text` when the name does not tell. */
export function guessKind(secret: string): KindName {
  return KIND_NAMES.find((name) => kindOf(name).names?.test(secret) === true) ?? "text";
}

/** The kind whose typical form a value has, if any. */
export function recogniseKind(value: string): KindName | undefined {
  return KIND_NAMES.find((name) => kindOf(name).typical?.test(value.trim()) === true);
}
