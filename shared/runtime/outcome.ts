import type { Annotation } from "./annotations.ts";
import { Cancelled } from "./cancellation.ts";
import { code, heading, paragraph, plain } from "./summary.ts";
import { UserError, UserErrors, type Where } from "./user-error.ts";

/** One cause for which the step fails: becomes one error annotation and one entry of the report. */
export type Failure = {
  readonly title: string;
  readonly message: string;
  readonly hint?: string;
  readonly where?: Where;
};

/** A file that the action leaves under RUNNER_TEMP; its path becomes the output of that name. */
export type OutcomeFile = {
  readonly output: string;
  readonly name: string;
  /** Makes the file. Every text in it goes through `redact` before it is encoded for the file's format. */
  readonly content: (redact: (text: string) => string) => string;
};

/**
 * What an action's `run` returns, and the one source of everything the user sees. The step fails exactly when
 * `failures` is not empty.
 */
export type Outcome = {
  /** The verdict in one word: the output `result`. */
  readonly result: string;
  readonly failures: readonly Failure[];
  /** Warnings and notices. */
  readonly annotations?: readonly Annotation[];
  readonly outputs: Readonly<Record<string, string | number | boolean>>;
  /** Markdown sections of the job summary, the verdict first; cut at the end when over the limit. */
  readonly summary: readonly string[];
  /** The action's own part of the JSON report. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly files?: readonly OutcomeFile[];
};

/** The failures behind whatever was thrown; anything but user errors is a bug of ours and says so. */
export function failuresOf(action: string, thrown: unknown): Failure[] {
  if (thrown instanceof UserErrors) return thrown.problems.flatMap((problem) => failuresOf(action, problem));
  if (thrown instanceof UserError) {
    const { message, hint, where } = thrown;
    return [{ title: action, message, hint, ...(where === undefined ? {} : { where }) }];
  }
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return [
    {
      title: `${action}: internal error`,
      message: `${text}. This is a bug in ${action}, not a mistake of yours.`,
      hint: "Report it with the log of this step; it holds no secret.",
    },
  ];
}

/** True for what {@link failuresOf} calls a bug: its stack is worth printing. */
export function isBug(thrown: unknown): thrown is Error {
  return thrown instanceof Error && !(thrown instanceof UserError) && !(thrown instanceof UserErrors);
}

/** The outcome of a run that ended by an error or by cancellation. */
export function outcomeOf(action: string, thrown: unknown): Outcome {
  const cancelled = thrown instanceof Cancelled;
  const failures = cancelled
    ? [{ title: action, message: thrown.message, hint: "The workflow run was cancelled." }]
    : failuresOf(action, thrown);
  return {
    result: cancelled ? "cancelled" : "error",
    failures,
    outputs: {},
    summary: [
      heading(3, `${cancelled ? "⏹️" : "❌"} ${action}: ${cancelled ? "cancelled" : "error"}`),
      ...failures.map(failureParagraph),
    ],
    details: {},
  };
}

/** The outcome of work that came to a good end though it was told to stop. */
export function stoppedOutcome(action: string, outcome: Outcome, reason: unknown): Outcome {
  const { result, failures, summary } = outcomeOf(action, reason);
  return { ...outcome, result, failures, summary: [...summary, ...outcome.summary] };
}

function failureParagraph({ message, hint, where }: Failure): string {
  const line = where?.line === undefined ? "" : `:${where.line}`;
  const place = where?.file === undefined ? "" : `${code(`${where.file}${line}`)} `;
  return paragraph(`${place}${plain(message)} ${plain(hint ?? "")}`);
}
