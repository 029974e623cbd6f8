import type { Fault } from "./kinds/kind.ts";
import { kindOf } from "./kinds.ts";
import type { Declared } from "./manifest.ts";
import { strengthBits } from "./strength.ts";
import { isTooLong } from "./values.ts";
import type { Verdict } from "./verdict.ts";

/** What the manifest's own rules say of a value. Pure. */
export function ruleFaults({ kind, rules }: Declared, value: string): readonly Fault[] {
  const faults: Fault[] = [];
  const { generate, minBits } = kindOf(kind);
  const longer = generate === undefined ? "Set the right one." : "Generate a longer one.";
  const least = rules["min-length"];
  if (least !== undefined && [...value].length < least)
    faults.push({ why: `it is shorter than ${least} characters`, mend: longer });
  if (rules.pattern !== undefined && !new RegExp(`^(?:${rules.pattern})$`).test(value))
    faults.push({
      why: "it does not match the pattern of the manifest",
      mend: "Compare it with the pattern.",
    });
  const bits = rules["min-bits"] ?? minBits;
  // What is short by its kind or by min-length is weak as well; once is enough.
  if (bits !== undefined && faults.length === 0 && strengthBits(value) < bits)
    faults.push({ why: `it is easy to guess (fewer than ${bits} bits)`, mend: longer });
  if (isTooLong(value))
    faults.push({ why: "it is longer than 48 KiB, GitHub's limit", mend: "Store it encrypted as a file." });
  return faults;
}

const DAY_MS = 86_400_000;

/** What the dates in the manifest say at a time (milliseconds since 1970). Pure. */
export function ageVerdict(
  { rules }: Declared,
  now: number,
  warnDays: number,
): { readonly verdict: Verdict; readonly why: string; readonly mend: string } | undefined {
  const ends: { readonly at: number; readonly why: string }[] = [];
  // A day ends everywhere on Earth before it has ended for us: the last day counts in full, in UTC.
  if (rules.expires !== undefined) ends.push({ at: dayOf(rules.expires) + DAY_MS, why: "by the manifest" });
  const { rotated, "max-age-days": days } = rules;
  if (rotated !== undefined && days !== undefined)
    ends.push({ at: dayOf(rotated) + (days + 1) * DAY_MS, why: `${days} days after it was set` });
  const [first] = ends.toSorted((a, b) => a.at - b.at);
  return first === undefined ? undefined : endVerdict(first.at, now, warnDays, first.why);
}

/** What an end at a time says now: `expired`, `expiring`, or nothing yet. */
export function endVerdict(
  end: number,
  now: number,
  warnDays: number,
  why = "",
): { readonly verdict: Verdict; readonly why: string; readonly mend: string } | undefined {
  const left = end - now;
  const because = why === "" ? "" : ` (${why})`;
  const mend = "Set a new one, and the dates in the manifest with it.";
  if (left <= 0) return { verdict: "expired", why: `expired on ${lastDay(end)}${because}`, mend };
  if (left > warnDays * DAY_MS) return undefined;
  const days = Math.ceil(left / DAY_MS);
  return { verdict: "expiring", why: `expires in ${days} day${days === 1 ? "" : "s"}${because}`, mend };
}

function dayOf(text: string): number {
  return Date.parse(`${text}T00:00:00Z`);
}

function lastDay(end: number): string {
  return new Date(end - 1).toISOString().slice(0, 10);
}
