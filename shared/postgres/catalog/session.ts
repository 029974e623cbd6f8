/**
 * What makes the server write the same schema in the same words, whatever was set for the database or the role:
 * constants are written by TimeZone, DateStyle, IntervalStyle and their like, names by search_path.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  standard_conforming_strings: "on",
  search_path: "",
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  extra_float_digits: "1",
  bytea_output: "hex",
  lc_monetary: "C",
  xmlbinary: "base64",
  quote_all_identifiers: "off",
  client_min_messages: "error",
  // Compiling costs more than these queries do, and so does a plan for few rows where catalogs were never analysed.
  jit: "off",
  enable_nestloop: "off",
  max_parallel_workers_per_gather: "0",
};

export type SessionLimits = {
  /** Ends a query that takes longer. */
  readonly statementTimeoutMs: number;
  /** Ends a query that waits longer for a lock: reading a view's text takes the weakest one on its tables. */
  readonly lockTimeoutMs: number;
};

/** SQL that begins a transaction which sees one state, writes nothing, and has the settings above. */
export function beginSql({ statementTimeoutMs, lockTimeoutMs }: SessionLimits): string {
  const limits = { statement_timeout: String(statementTimeoutMs), lock_timeout: String(lockTimeoutMs) };
  const settings = Object.entries({ ...SETTINGS, ...limits });
  return [
    "begin isolation level repeatable read read only",
    ...settings.map(([name, value]) => `set local ${name} = '${value}'`),
  ].join(";\n");
}
