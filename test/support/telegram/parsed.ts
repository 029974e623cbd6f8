import type { Entity } from "./entity.ts";

export type Parsed = {
  readonly text: string;
  readonly entities: readonly Entity[];
  /** What was asked for and silently left out. */
  readonly dropped?: readonly string[];
};

/** Why a text of some parse mode cannot be read. The service adds "can't parse entities: " before it. */
export class ParseError extends Error {
  override readonly name = "ParseError";
}
