/** How much of something is covered: of one line, or of the conditions of a line. */
export type Tally = readonly [covered: number, total: number];

export const HIT: Tally = [1, 1];
export const MISSED: Tally = [0, 1];

export const MEASURES = ["lines", "branches", "functions", "statements"] as const;
export type Measure = (typeof MEASURES)[number];

/** What a report says of one kind of thing in one file, by what names a thing in every report: its line, say. */
export type Tallies = Map<string | number, Tally>;

/** What a report says of one source file. A measure that it does not take is not there. */
export type FileCoverage = {
  readonly measures: { readonly [Name in Measure]?: Tallies };
  /** Only totals are known: they cannot be united with what another report says of the same file. */
  readonly totalsOnly?: true;
};

/**
 * Adds a tally, united with what is there: a thing is covered if any report saw it run. Where only numbers are known (3
 * of 4 conditions), the larger one stands, which never claims more than what was covered.
 */
export function unite(tallies: Tallies, key: string | number, added: Tally): void {
  const known = tallies.get(key);
  if (known === undefined) tallies.set(key, added);
  else if (added[0] > known[0] || added[1] > known[1]) {
    tallies.set(key, [Math.max(known[0], added[0]), Math.max(known[1], added[1])]);
  }
}

/** The sum over all things. */
export function sumOf(tallies: Iterable<Tally>): Tally {
  let [covered, total] = [0, 0];
  for (const [hit, all] of tallies) {
    covered += hit;
    total += all;
  }
  return [covered, total];
}
