import type { Fault } from "./kinds/kind.ts";
import { kindOf } from "./kinds.ts";
import type { Declared } from "./manifest.ts";
import type { Values } from "./values.ts";

export type PairFindings = {
  readonly faults: readonly Fault[];
  /** What could not be compared, for the report. */
  readonly notes: readonly string[];
};

/** What the values of other secrets say of this one: the same under two names, or where the manifest forbids it. Pure. */
export function pairFindings(secret: Declared, all: readonly Declared[], values: Values): PairFindings {
  const own = values.get(secret.name)?.trim();
  if (own === undefined || own === "") return { faults: [], notes: [] };
  const faults: Fault[] = [];
  const notes: string[] = [];
  for (const name of secret.differsFrom) {
    const other = values.get(name)?.trim();
    if (other === undefined || other === "") notes.push(`not compared with ${name}, which has no value here`);
    else if (other === own)
      faults.push({ why: `it is the same as ${name}`, mend: "Set a value of its own." });
  }
  if (!kindOf(secret.kind).credential) return { faults, notes };
  const twins = all.filter(
    (other) =>
      other.name !== secret.name &&
      kindOf(other.kind).credential &&
      values.get(other.name)?.trim() === own &&
      !secret.differsFrom.includes(other.name) &&
      !secret.mayEqual.includes(other.name) &&
      !other.mayEqual.includes(secret.name),
  );
  for (const { name, kind, differsFrom } of twins) {
    if (differsFrom.includes(secret.name)) continue; // Told at the one that has the rule.
    const mend =
      kind === secret.kind
        ? `Set a value of its own, or write may-equal: ${name} if they are meant to be one.`
        : "One of the two was pasted into the wrong place: set both anew.";
    faults.push({ why: `it has the same value as ${name}`, mend });
  }
  return { faults, notes };
}
