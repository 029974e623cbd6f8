import { constraints, indexes } from "./constraints.ts";
import { foreignData, replication, textSearch } from "./exchange.ts";
import type { MatrixCase } from "./matrix-case.ts";
import { backing, extended, withIcu } from "./more-cases.ts";
import { sequences, views } from "./relations.ts";
import { routines } from "./routines.ts";
import { policies, statistics, triggers } from "./table-parts.ts";
import { columns, tables } from "./tables.ts";
import { types } from "./types.ts";
import { wholeDatabase } from "./whole-database.ts";

/** Every difference that can stand beside others in one database. */
export const allCases: readonly MatrixCase[] = [
  ...[...tables, ...columns, ...constraints, ...indexes, ...triggers, ...policies, ...statistics],
  ...[...views, ...sequences, ...routines, ...types, ...wholeDatabase],
  ...[...replication, ...foreignData, ...textSearch, ...backing, ...extended],
];

/** With those that want ICU, which not every build of PostgreSQL has. */
export const allCasesWithIcu: readonly MatrixCase[] = [...allCases, ...withIcu];
