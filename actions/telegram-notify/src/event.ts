import type { FieldLine } from "./fields.ts";
import type { Status, Transition } from "./status.ts";

/** A job that failed; what is not known is empty. */
export type FailedJob = {
  readonly job: string;
  readonly step: string;
  /** The first line of its log that is an error. */
  readonly error: string;
  readonly url: string;
};

/**
 * What happened, to what, and how it went: all that a message is made of, and nothing of where it goes. Every channel
 * renders it in its own way. A text that is not known is empty.
 */
export type DeployEvent = {
  readonly status: Status;
  /** Unknown where there is nothing to compare with, or no way to. */
  readonly transition: Transition | undefined;
  readonly title: string;
  readonly message: string;
  readonly fields: readonly FieldLine[];
  readonly repository: string;
  readonly workflow: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly version: string;
  /** The branch or tag. */
  readonly branch: string;
  readonly actor: string;
  readonly commit: {
    readonly sha: string;
    readonly title: string;
    readonly author: string;
    readonly url: string;
  };
  readonly run: { readonly number: string; readonly attempt: string; readonly url: string };
  readonly compareUrl: string;
  readonly durationMs: number | undefined;
  readonly failed: readonly FailedJob[];
};
