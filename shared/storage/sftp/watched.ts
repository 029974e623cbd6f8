import { UserError } from "../../runtime/user-error.ts";
import { formatDuration } from "../../runtime/values.ts";
import type { Sftp } from "../../ssh/sftp.ts";

/**
 * The same session, given up when the server has answered nothing for `patienceMs` milliseconds while something was asked
 * of it: an SSH server is alive when the disk behind it is not, and one destination must not hold the others for ever.
 * All requests then reject with the error that `giveUp` was told.
 */
export function watched(sftp: Sftp, patienceMs: number, giveUp: (why: UserError) => void): Sftp {
  const waiting = new Set<(why: UserError) => void>();
  let stalled: UserError | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stall = (): void => {
    stalled = silent("a file request", patienceMs);
    giveUp(stalled);
    for (const reject of waiting) reject(stalled);
    waiting.clear();
  };
  const answered = (reject: (why: UserError) => void): void => {
    waiting.delete(reject);
    if (waiting.size > 0) timer?.refresh();
    else clearTimeout(timer);
  };
  return {
    isOpen: () => stalled === undefined && sftp.isOpen(),
    close: sftp.close,
    request: (send) =>
      new Promise((resolve, reject) => {
        if (stalled !== undefined) return reject(stalled);
        if (waiting.size === 0) timer = setTimeout(stall, patienceMs);
        waiting.add(reject);
        sftp
          .request(send)
          .finally(() => answered(reject))
          .then(resolve, reject);
      }),
  };
}

/** The error for a host that has not answered what was asked of it. */
export function silent(request: string, patienceMs: number): UserError {
  return new UserError(`The SSH host has not answered ${request} for ${formatDuration(patienceMs)}.`, {
    hint: "Look at the disk behind the directory there: a network file system may hang, or a device fail.",
  });
}
