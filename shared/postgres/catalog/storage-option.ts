/** The options that are booleans, for tables (also with `toast.` before), views and indexes (reloptions.c). */
const BOOLEANS: ReadonlySet<string> = new Set([
  "autosummarize",
  "autovacuum_enabled",
  "deduplicate_items",
  "fastupdate",
  "security_barrier",
  "security_invoker",
  "user_catalog_table",
  "vacuum_truncate",
]);

/**
 * An option of a table, a view or an index, as `name=value`. The server keeps the value in the words of whoever set
 * it: `on`, `yes`, `t` and `1` mean the same, and so do `0.10` and `0.1`.
 */
export function canonicalOption(option: string): string {
  const at = option.indexOf("=");
  // A boolean without a value is true.
  if (at < 0) return `${option}=true`;
  const name = option.slice(0, at);
  const value = option.slice(at + 1);
  return `${name}=${BOOLEANS.has(name.replace(/^toast\./, "")) ? boolean(value) : number(value)}`;
}

/** As parse_bool (bool.c) reads it: any beginning of a word that only one value has. */
function boolean(value: string): string {
  const word = value.trim().toLowerCase();
  if (word === "1" || /^(?:t(?:r(?:u(?:e)?)?)?|y(?:e(?:s)?)?|on)$/.test(word)) return "true";
  if (word === "0" || /^(?:f(?:a(?:l(?:s(?:e)?)?)?)?|no?|of(?:f)?)$/.test(word)) return "false";
  return value;
}

function number(value: string): string {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*$/.test(value) ? String(Number(value)) : value;
}
