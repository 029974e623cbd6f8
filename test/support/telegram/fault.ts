import type { MethodName } from "./parameters.ts";

/** How the service fails the caller. What does not say `after` has no effect on the chats. */
export type Fault =
  /** Too many requests. `tells` is where the seconds stand; the service puts them in both places. */
  | {
      readonly kind: "flood";
      readonly seconds: number;
      readonly tells?: "header" | "body" | "both" | "nowhere";
    }
  /** An answer of the service itself. */
  | { readonly kind: "error"; readonly code: number; readonly description: string }
  /** An error page of a proxy before the service. */
  | { readonly kind: "page"; readonly status: number; readonly after?: boolean }
  /** An answer whose JSON ends in the middle; the request has been carried out. */
  | { readonly kind: "truncated" }
  /** The connection is reset, before the request was carried out or after. */
  | { readonly kind: "reset"; readonly after?: boolean }
  /** The request is carried out at once, and the answer comes that much later. */
  | { readonly kind: "slow"; readonly ms: number }
  /** No answer comes, and the connection stays. */
  | { readonly kind: "hang"; readonly after?: boolean };

export type When = {
  /** Only calls of this method. */
  readonly method?: MethodName;
  /** Only calls for this chat, named as the caller names it. */
  readonly chat?: number | string;
  /** How many calls fail so. Default: 1. */
  readonly times?: number;
  /** How many matching calls go well before. Default: 0. */
  readonly skip?: number;
};

type Planned = { readonly fault: Fault; readonly when: When; skip: number; left: number };

/** Faults that are to come, in the order in which they were planned. */
export class Faults {
  #planned: Planned[] = [];

  plan(fault: Fault, when: When): void {
    this.#planned.push({ fault, when, skip: when.skip ?? 0, left: when.times ?? 1 });
  }

  clear(): void {
    this.#planned = [];
  }

  take(method: MethodName, chat: unknown): Fault | undefined {
    const planned = this.#planned.find(
      ({ when, left }) =>
        left > 0 &&
        (when.method === undefined || when.method === method) &&
        (when.chat === undefined || String(when.chat) === String(chat)),
    );
    if (planned === undefined) return undefined;
    if (planned.skip > 0) {
      planned.skip--;
      return undefined;
    }
    planned.left--;
    return planned.fault;
  }
}
