/** What a check found: one text a problem, naming the file and the line; none when all is well. */
export type Findings = {
  readonly problems: readonly string[];
  /** Why the check could not run on this machine, and what would supply what is missing. */
  readonly notRun?: string;
};

/** One line of `npm run check`. */
export type Check = {
  readonly name: string;
  /** What the reader does about a problem: a command where there is one. */
  readonly mend: string;
  readonly find: (root: string) => Promise<Findings>;
};
