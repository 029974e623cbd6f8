/** Why a server gave no usable answer, in words. `status` is undefined where there was no HTTP answer. */
export class AnswerError extends Error {
  readonly status: number | undefined;

  constructor(message: string, details: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
  }
}
