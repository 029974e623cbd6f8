import { ValueError } from "./values.ts";

const UNITS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
// Longer than any registry has been there.
const LONGEST_MS = 100 * 365 * UNITS.d;

/** An age such as `30d`, `8w`, `1d12h` or `0s`, in milliseconds; units in falling order, each once. Throws ValueError. */
export function parseAge(text: string): number {
  const parts = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text.trim())?.slice(1) ?? [];
  if (!parts.some((part) => part !== undefined))
    throw new ValueError("must be an age such as 12h, 30d, 8w or 1d12h");
  const units = Object.values(UNITS);
  const total = parts.reduce((sum, part, index) => sum + Number(part ?? 0) * (units[index] ?? 0), 0);
  if (!(total <= LONGEST_MS)) throw new ValueError("must be at most 100 years");
  return total;
}
