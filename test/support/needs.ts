import type { TestOptions } from "vitest";
import { type PartName, partOf } from "../../scripts/system/parts.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Parts of the machine for want of which a test did not run. */
    needs?: readonly string[];
  }
}

/**
 * For tests that run on parts of the machine: `describe("…", needs("redis"), () => …)`. They are skipped where
 * a part is missing, and `npm test` ends with what that part is and how to get it.
 */
export function needs(...names: readonly PartName[]): TestOptions {
  const missing = names.filter((name) => partOf(name).find() === undefined);
  return missing.length === 0 ? {} : { skip: true, meta: { needs: missing } };
}

/** Where a part is. Call it within tests that {@link needs} it: its absence is an error. */
export function locate(name: PartName): string {
  const found = partOf(name).find();
  if (found === undefined) throw new Error(`${name} is missing: ${partOf(name).sources[0].command}`);
  return found;
}
