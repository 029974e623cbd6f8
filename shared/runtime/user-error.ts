/** A place the user can go to: a line of a file, or an input of the action. Lines and columns count from 1. */
export type Where = {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly input?: string;
};

type Details = { readonly hint: string; readonly where?: Where; readonly cause?: unknown };

/**
 * Something the user can mend. `message` says what happened, to what and why; `hint` is the next step.
 * Anything thrown that is not a UserError (or UserErrors) is reported as a bug of ours.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly hint: string;
  readonly where: Where | undefined;

  constructor(message: string, details: Details) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.hint = details.hint;
    this.where = details.where;
  }
}

/** Several mistakes found in one pass, so that the user mends them all at once. Never empty. */
export class UserErrors extends Error {
  override readonly name = "UserErrors";
  readonly problems: readonly UserError[];

  constructor(problems: readonly UserError[]) {
    super(problems.map((problem) => problem.message).join("\n"));
    this.problems = problems;
  }
}

/** Throws what was found: nothing for none, the error itself for one, {@link UserErrors} for several. */
export function throwProblems(problems: readonly UserError[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw problems.length === 1 ? first : new UserErrors(problems);
}
