/**
 * Two schemas that differ in one property. In the SQL, `@` stands for the case's own name, which is that of its schema
 * (the first in search_path) and begins the names of all that stands in no schema. The roles drift_app and drift_reader
 * are there.
 */
export type MatrixCase = {
  readonly name: string;
  /** What both sides have. */
  readonly base: string;
  /** What was done to production. */
  readonly change: string;
  /** `code severity direction` of the one finding; ` + ` between where one property cannot change without another. */
  readonly finding: string;
  /** The finding when production has the base, and the change was to be. */
  readonly back: string;
  /** The first major version that can have it. */
  readonly since?: number;
  /** What CREATE DATABASE says of the two, where SQL within them cannot. */
  readonly options?: readonly [expected: string, actual: string];
  /** The last one. */
  readonly until?: number;
};

type Row = readonly [name: string, base: string, change: string, finding: string, back: string];

export function cases(rows: readonly Row[], only: Pick<MatrixCase, "since" | "until"> = {}): MatrixCase[] {
  return rows.map(([name, base, change, finding, back]) => ({ name, base, change, finding, back, ...only }));
}

/** A case in which an object is made: unexpected one way, missing the other. */
export function made(
  rows: readonly (readonly [
    name: string,
    base: string,
    make: string,
    code: string,
    unexpected: string,
    missing: string,
  ])[],
  only: Pick<MatrixCase, "since" | "until"> = {},
): MatrixCase[] {
  return rows.map(([name, base, change, code, unexpected, missing]) => ({
    ...{ name, base, change },
    finding: `SD-${code}-UNEXPECTED ${unexpected}`,
    back: `SD-${code}-MISSING ${missing}`,
    ...only,
  }));
}
