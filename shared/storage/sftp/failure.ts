import { remoteLine } from "../../runtime/remote-text.ts";
import { UserError } from "../../runtime/user-error.ts";
import { SFTP_STATUS } from "../../ssh/sftp.ts";

/** Whether the server itself has answered with the error, so that nothing was done. */
export function isAnswer(error: unknown): boolean {
  return statusOf(error) !== undefined;
}

/** Whether the server says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === SFTP_STATUS.noSuchFile;
}

/** Whether the server does not know the request, an extension of OpenSSH's. */
export function isUnsupported(error: unknown): boolean {
  // The text is ssh2's own, when the server had not said that it knows it.
  return (
    statusOf(error) === SFTP_STATUS.unsupported ||
    (error instanceof Error && error.message === "Server does not support this extended request")
  );
}

/** The error for a request that failed: what was to be done, and what the server says. */
export function sftpFailure(what: string, error: unknown, free?: number): Error {
  if (error instanceof UserError || !(error instanceof Error)) return error as Error;
  const status = statusOf(error);
  if (status === undefined) return error;
  if (status === SFTP_STATUS.permissionDenied) {
    return new UserError(`${what} failed: permission denied.`, {
      hint: "Let the SSH user write there, or give another directory.",
      cause: error,
    });
  }
  // SFTP has no word for a full disk (version 3): the server says "Failure".
  if (status === SFTP_STATUS.failure && free !== undefined && free < NEARLY_NOTHING) {
    return new UserError(`${what} failed: no space is left on the SSH host.`, {
      hint: "Make room there, or give a destination with more of it.",
      cause: error,
    });
  }
  return new UserError(`${what} failed: ${remoteLine(error.message).replace(/\.$/, "")}.`, {
    hint: "SFTP says no more than that. On the SSH host: is the disk full, is there a quota, is the path a directory?",
    cause: error,
  });
}

const NEARLY_NOTHING = 1 << 20;

function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}
