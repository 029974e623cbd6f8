/** Thrown by the parsers below; the message says what is allowed, never the value (it may be a secret). */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_TIMER_MS = 2_147_483_647; // setTimeout fires at once beyond 2^31 - 1 ms

/**
 * A duration such as `500ms`, `30s`, `5m`, `1h30m` or `2d`, in milliseconds. Units stand in falling order, each
 * once; a bare number is refused because nobody can tell its unit. At most 24 days (the longest timer there is).
 */
export function parseDuration(text: string): number {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/.exec(text.trim());
  const parts = match?.slice(1) ?? [];
  if (!parts.some((part) => part !== undefined)) {
    throw new ValueError("must be a duration such as 500ms, 30s, 5m, 1h30m or 2d");
  }
  const units = ["d", "h", "m", "s", "ms"] as const;
  const total = units.reduce((sum, unit, index) => sum + Number(parts[index] ?? 0) * (UNIT_MS[unit] ?? 0), 0);
  if (total > LONGEST_TIMER_MS) throw new ValueError("must be at most 24d");
  return Math.round(total);
}

/** The booleans of YAML 1.2 core: `true`, `True`, `TRUE`, `false`, `False`, `FALSE`; nothing else. */
export function parseBoolean(text: string): boolean {
  if (/^(?:true|True|TRUE)$/.test(text.trim())) return true;
  if (/^(?:false|False|FALSE)$/.test(text.trim())) return false;
  throw new ValueError("must be true or false");
}

/** A whole number in decimal digits, the whole string (`2x`, `1e3` and `0x10` are errors), within the bounds. */
export function parseInteger(
  text: string,
  bounds: { readonly min?: number; readonly max?: number } = {},
): number {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;
  if (!(value >= min && value <= max)) throw new ValueError(`must be ${describeBounds(bounds)}`);
  return value;
}

function describeBounds({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return `a whole number from ${min} to ${max}`;
  if (min !== undefined) return `a whole number of at least ${min}`;
  if (max !== undefined) return `a whole number of at most ${max}`;
  return "a whole number";
}

/** A list written with newlines or commas; entries are trimmed and blank ones dropped. */
export function parseList(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** A duration for people: `950 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, "")} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return joinUnits(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  return joinUnits(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

/** A number of bytes for people: `512 bytes`, `82.9 MB`, `1.5 GB`; a kB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} ${Math.round(bytes) === 1 ? "byte" : "bytes"}`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let [value, unit] = [bytes / 1_000, 0];
  // What would be shown as 1000 is 1 of the next unit.
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1_000;
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${units[unit]}`;
}

function joinUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
