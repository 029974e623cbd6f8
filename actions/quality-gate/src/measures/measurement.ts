/** A measured number and the reports that it comes from. */
export type Measurement = { readonly value: number; readonly sources: readonly string[] };

/** By the names of the metrics. What no report answers is not there. */
export type Measurements = ReadonlyMap<string, Measurement>;

/** Measurements out of values, some of which may be unknown. */
export function measurements(
  values: Readonly<Record<string, number | undefined>>,
  sources: readonly string[],
): Measurements {
  const known = Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return new Map(known.map(([name, value]) => [name, { value, sources }]));
}
