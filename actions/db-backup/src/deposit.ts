import type { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { PendingObject, Store } from "../../../shared/storage/store.ts";

/** A backup on its way to one destination: whole with its manifest, or gone without a trace. */
export type Deposit = {
  readonly store: Store;
  readonly key: string;
  readonly pending: PendingObject;
  /** What went wrong at this destination; the others may be fine. */
  failed: UserError | UserErrors | undefined;
  state: "pending" | "published" | "recorded" | "undone";
};

// How long the clean-up of one destination may take; a cancelled run has less, and says what it left.
const UNDO_MS = 30_000;

/** Begins an object. */
export async function beginDeposit(
  store: Store,
  key: string,
  options: { readonly expectedBytes: number; readonly signal: AbortSignal },
): Promise<Deposit> {
  const pending = await store.begin(key, options);
  return { store, key, pending, failed: undefined, state: "pending" };
}

/** Takes back what is not recorded. Throws, with words for the user, when something stays. */
export async function undoDeposit(deposit: Deposit): Promise<void> {
  const { store, key, pending, state } = deposit;
  if (state === "recorded" || state === "undone") return;
  deposit.state = "undone";
  if (state === "pending") {
    const left = await pending.abandon();
    if (left !== undefined) throw new Error(left);
    return;
  }
  try {
    await store.remove(key, { signal: AbortSignal.timeout(UNDO_MS) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${store.locate(key)} could not be removed; it has no manifest and counts as no backup: ${why}`,
      {
        cause: error,
      },
    );
  }
}

/** Writes a small object: all of it, or nothing. */
export async function writeObject(
  store: Store,
  key: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const bytes = Buffer.from(text);
  const pending = await store.begin(key, { expectedBytes: bytes.length, signal });
  try {
    await new Promise<void>((resolve, reject) => {
      pending.sink.once("error", reject);
      pending.sink.end(bytes, () => resolve());
    });
    await pending.publish();
  } catch (error) {
    await pending.abandon();
    throw error;
  }
}
