import type { PartName } from "../system/parts.ts";
import type { Stage } from "./stage.ts";

/** One run of an action as a step of a job, and the verdict that it must come to. */
export type Step = {
  readonly title: string;
  /** What is the case, and what the action is to make of it. */
  readonly why: string;
  /** The action's name. */
  readonly action: string;
  readonly with: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the step whose values the job knows to be secret. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly expected: Expected;
  /** A page of its own, made after the run, that shows what it did elsewhere. */
  readonly page?: Page;
};

/** A page beside that of the demo. */
export type Page = { readonly file: string; readonly title: string; readonly html: () => string };

export type Expected =
  /** It succeeds, with these outputs among its own: success alone could be that of a step that did nothing. */
  | { readonly conclusion: "success"; readonly outputs: Readonly<Record<string, string>> }
  /** It fails with exactly as many errors as there are expressions, and each matches one of the errors. */
  | { readonly conclusion: "failure"; readonly because: readonly RegExp[] };

/** What the demo shows of one action. */
export type Chapter = {
  /** Chosen by it on the command line: the action's name. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** The actions that its steps run besides the one it is named after: all of them are built before it is played. */
  readonly otherActions?: readonly string[];
  /** Parts of the machine besides PostgreSQL, without which it is left out. */
  readonly needs?: readonly PartName[];
  /** Sets the stage for each step, and hands it out to be run; what follows a `yield` happens after the run. */
  steps(stage: Stage): AsyncIterable<Step>;
};

/** The actions that the steps of a chapter may run. */
export function actionsOf({ name, otherActions = [] }: Chapter): readonly string[] {
  return [name, ...otherActions];
}
