import type { Kind } from "../../../shared/postgres/catalog/model.ts";
import type { Severity } from "./severity.ts";

/** Which way production went: for access, whether more or less is allowed than should be. */
export type Direction = "missing" | "unexpected" | "changed" | "tighter" | "looser";

/** One way in which an object is not what it should be. */
export type Verdict = {
  /** Stable: policies and links name it. */
  readonly code: string;
  readonly severity: Severity;
  readonly direction: Direction;
  /** One sentence. */
  readonly reason: string;
};

/** A verdict on one property, with its values in words. */
export type Remark = Verdict & {
  /** Empty for the object as a whole. */
  readonly property: string;
  readonly expected: string;
  readonly actual: string;
  readonly undecided?: string;
};

/** All that is wrong with one root object. Its code, severity, direction and reason are those of the gravest remark. */
export type Finding = Verdict & {
  readonly kind: Kind;
  readonly name: string;
  readonly remarks: readonly Remark[];
  /** Parts, and what cannot be without it, that went or came with it: `index public.orders_total`. */
  readonly along: readonly string[];
  /** SQL that would bring it back, to be reviewed before anybody runs it. */
  readonly repair: readonly string[];
};
