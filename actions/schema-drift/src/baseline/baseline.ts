import type { DatabaseAddress } from "../../../../shared/postgres/address.ts";
import type { Catalog } from "../../../../shared/postgres/catalog/model.ts";
import type { BaselineFacts, Pending } from "../results.ts";

/** What the schema should be. */
export type Baseline = {
  readonly catalog: Catalog;
  readonly facts: BaselineFacts;
  /** The scratch database that has it; undefined where it is no scratch database. */
  readonly scratch: DatabaseAddress | undefined;
  /** The versions that the target said it has; undefined where migrations are not replayed up to them. */
  readonly recorded: readonly string[] | undefined;
  /** Only for migrations. */
  readonly pending: Pending | undefined;
};
