/**
 * How long a server asks to wait, in milliseconds: seconds or an HTTP date (RFC 9110 section 10.2.3), never
 * negative. `undefined` without a readable header.
 */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // HTTP dates begin with the name of the day; Date.parse alone would read "-5" or "1.5" as years.
  const date = /^[A-Z][a-z]{2,}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
