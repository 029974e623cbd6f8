import { errorCode } from "../../net/reason.ts";
import { UserError } from "../../runtime/user-error.ts";

const FULL = "Make room there, or give a destination with more of it.";

// Codes of open(2), write(2), mkdir(2) and rename(2).
const REASONS: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  ENOSPC: ["no space is left on the device", FULL],
  EDQUOT: ["the quota is used up", FULL],
  EFBIG: ["the file would be larger than the file system or the limit (ulimit -f) allows", FULL],
  EACCES: ["permission denied", "Let the user that runs the runner write there."],
  EPERM: ["the operation is not permitted", "Let the user that runs the runner write there."],
  EROFS: ["the file system is read-only", "Give a directory on one that can be written to."],
  ENOTDIR: [
    "a part of the path is not a directory",
    "Give a directory; the backups get names of their own in it.",
  ],
  EIO: ["the device reports an error", "See the kernel's log (dmesg): the disk may be failing."],
  ENAMETOOLONG: ["the path is too long", "Give a shorter one."],
};

/** The error for a file operation that failed: what was to be done, and why it could not be. */
export function localError(what: string, error: unknown): Error {
  if (error instanceof UserError) return error;
  const code = errorCode(error);
  if (code === "" || !(error instanceof Error))
    return error instanceof Error ? error : new Error(String(error));
  const [why, hint] = REASONS[code] ?? [code, "Look at the directory on the runner."];
  return new UserError(`${what} failed: ${why}.`, { hint, cause: error });
}

/** Whether the error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT";
}
