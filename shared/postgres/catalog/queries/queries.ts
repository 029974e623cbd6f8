import { columnQueries } from "./columns.ts";
import { constraintQueries } from "./constraints.ts";
import { databaseQueries } from "./database.ts";
import { foreignDataQueries } from "./foreign-data.ts";
import { notModelledQueries } from "./not-modelled.ts";
import { operatorQueries } from "./operators.ts";
import { relationQueries } from "./relations.ts";
import { replicationQueries } from "./replication.ts";
import { routineQueries } from "./routines.ts";
import { statisticsQueries, tablePartQueries } from "./table-parts.ts";
import { textSearchQueries } from "./text-search.ts";
import { typeQueries } from "./types.ts";

export type Reader = {
  /** Of the server: 14, 18, … */
  readonly major: number;
  readonly superuser: boolean;
};

/**
 * The queries that read a whole schema: about fifty, whatever its size. Each gives rows of kind, name and packed
 * properties, as text. They want the settings of `session.ts`.
 */
export function catalogQueries({ major, superuser }: Reader): readonly string[] {
  return [
    ...databaseQueries(major),
    ...relationQueries(major),
    ...columnQueries(major),
    ...constraintQueries(),
    ...tablePartQueries(),
    ...statisticsQueries(),
    ...routineQueries(),
    ...typeQueries(major),
    ...operatorQueries(),
    ...textSearchQueries(),
    ...replicationQueries(major, superuser),
    ...foreignDataQueries(superuser),
    ...notModelledQueries(),
  ];
}
