import vm from "node:vm";
import { ValueError } from "../../../shared/runtime/values.ts";

const LONGEST_MS = 1_000;
const place: { work: (() => unknown) | undefined } = { work: undefined };
const context = vm.createContext(place);
const script = new vm.Script("work()");

/**
 * The result of synchronous work on what a server sent. Throws what the work throws, and a ValueError when that takes
 * more than a second: outside `vm` nothing, not even the deadline or a signal, could interrupt it.
 */
export function inTime<T>(work: () => T): T {
  place.work = work;
  try {
    return script.runInContext(context, { timeout: LONGEST_MS }) as T;
  } catch (error) {
    // An Error of that context's own, so that `instanceof` would not know it.
    if ((error as { readonly code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      throw new ValueError("looking through the answer took more than a second");
    throw error;
  } finally {
    place.work = undefined;
  }
}
