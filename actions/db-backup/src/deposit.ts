import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
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
  // It can fail before anything is written, when the run is cancelled; whoever writes then notices.
  pending.sink.on("error", () => undefined);
  return { store, key, pending, failed: undefined, state: "pending" };
}

/** A destination that failed before anything was begun there. */
export type Unreachable = { readonly store: Store; readonly error: UserError | UserErrors };

/**
 * Does the work at every store, and keeps apart those at which it fails: one that is down does not keep the backup from the
 * others. Throws when it fails at all of them.
 */
export async function atEach<T>(
  stores: readonly Store[],
  signal: AbortSignal,
  work: (store: Store) => Promise<T>,
): Promise<{
  readonly done: readonly T[];
  readonly stores: readonly Store[];
  readonly failed: readonly Unreachable[];
}> {
  const done: T[] = [];
  const reached: Store[] = [];
  const failed: Unreachable[] = [];
  for (const store of stores) {
    try {
      done.push(await work(store));
      reached.push(store);
    } catch (error) {
      signal.throwIfAborted();
      failed.push({ store, error: failureAt(store, error) });
    }
  }
  if (done.length === 0) throw together(failed.map(({ error }) => error));
  return { done, stores: reached, failed };
}

/** Whatever it is, it is of this destination alone: the backup may be good at the others. */
function failureAt(store: Store, error: unknown): UserError | UserErrors {
  if (error instanceof UserError || error instanceof UserErrors) return error;
  const why = remoteLine(error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
  return new UserError(`The destination ${store.where} failed in a way that is not known: ${why}.`, {
    hint: "Look at what is behind it, and run the step again; if this repeats, report it.",
    cause: error,
  });
}

/** Several errors as one. */
function together(errors: readonly (UserError | UserErrors)[]): UserError | UserErrors {
  const problems = errors.flatMap((each) => (each instanceof UserErrors ? each.problems : [each]));
  const [only] = problems;
  return problems.length === 1 && only !== undefined ? only : new UserErrors(problems);
}

/** Those at which nothing went wrong so far. */
export function good(deposits: readonly Deposit[]): Deposit[] {
  return deposits.filter(({ failed }) => failed === undefined);
}

/** The error for a backup that is nowhere: everything that went wrong. */
export function nowhere(deposits: readonly Deposit[]): Error {
  return together(deposits.flatMap(({ failed }) => failed ?? []));
}

/** Work at one destination: its failing does not keep the others from being finished. */
export async function atDestination(
  deposit: Deposit,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    deposit.failed = failureAt(deposit.store, error);
  }
}

/** Makes the objects appear, one destination after the other. Throws when none of them could. */
export async function publishAll(deposits: readonly Deposit[], signal: AbortSignal): Promise<void> {
  for (const deposit of good(deposits)) {
    await atDestination(deposit, signal, () => deposit.pending.publish());
    if (deposit.failed === undefined) deposit.state = "published";
  }
  if (good(deposits).length === 0) throw nowhere(deposits);
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
      // It is called before "error" comes, and with the error, where the writing fails.
      pending.sink.end(bytes, (error?: Error | null) => (error ? reject(error) : resolve()));
    });
    await pending.publish();
  } catch (error) {
    const left = await pending.abandon();
    if (left === undefined || !(error instanceof UserError)) throw error;
    throw new UserError(error.message, { hint: `${error.hint} Left behind: ${left}`, cause: error });
  }
}
