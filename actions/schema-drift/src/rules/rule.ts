import type { Change, Difference } from "../../../../shared/postgres/catalog/difference.ts";
import type { KINDS } from "../../../../shared/postgres/catalog/kinds.ts";
import type { Kind } from "../../../../shared/postgres/catalog/model.ts";
import type { Direction } from "../finding.ts";
import type { Severity } from "../severity.ts";

/** What a difference means. The code is made of kind and property where it does not say one. */
export type Grade = {
  readonly severity: Severity;
  readonly reason: string;
  readonly direction?: Direction;
  readonly code?: string;
};

type ObjectRule = Grade | ((difference: Difference) => Grade);
export type PropertyRule = Grade | ((change: Change, difference: Difference) => Grade);

/** What it means when an object of a kind is missing, when it is there and should not be, and when a property differs. */
export type KindRules<K extends Kind = Kind> = {
  /** Its part of the codes: `FK` of `SD-FK-MISSING`. */
  readonly code: string;
  readonly missing: ObjectRule;
  readonly unexpected: ObjectRule;
  /** One for every property of the model. */
  readonly properties: Readonly<Record<PropertyOf<K>, PropertyRule>>;
};

/** The properties of a kind that are compared; the columns of views only serve to parse expressions again. */
type PropertyOf<K extends Kind> = Exclude<
  keyof (typeof KINDS)[K]["properties"],
  K extends "view" | "materialized view" ? "columns" : never
> &
  string;

export type Rules = { readonly [K in Kind]: KindRules<K> };

const grade =
  (severity: Severity) =>
  (reason: string, more: Partial<Grade> = {}): Grade => ({ severity, reason, ...more });

export const critical = grade("critical");
export const major = grade("major");
export const minor = grade("minor");
export const info = grade("info");

/** The first value, as far as there is one. */
export function first(values: readonly string[] | undefined): string | undefined {
  return values?.[0];
}

/** The values that only one of the sides has. */
export function sides({ expected, actual }: Change): { readonly gone: string[]; readonly extra: string[] } {
  return {
    gone: expected.filter((value) => !actual.includes(value)),
    extra: actual.filter((value) => !expected.includes(value)),
  };
}
