import type { Client, SFTPWrapper } from "ssh2";
import { UserError } from "../runtime/user-error.ts";

/** What a request is answered with: an error, or what was asked for. */
export type SftpDone<T> = (error: Error | null | undefined, value: T) => void;

/** File transfer over an SSH connection. */
export type Sftp = {
  /**
   * Sends one request: `request((sftp, done) => sftp.stat(path, done))`. Rejects with ssh2's error, which has the
   * `code` of an SSH_FXP_STATUS, with the reason why the connection is gone, or a UserError where only the session is.
   */
  request<T>(send: (sftp: SFTPWrapper, done: SftpDone<T>) => void): Promise<T>;
  /** Whether it can be asked anything: its program on the server can end while the connection lives. */
  isOpen(): boolean;
  /** Ends the session, not the connection. Requests under way fail. */
  close(): void;
};

/** Codes of SSH_FXP_STATUS (draft-ietf-secsh-filexfer-02, section 7). */
export const SFTP_STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/**
 * Opens the `sftp` subsystem and calls `use` with it; ends it when that has settled. `over` aborts when the connection
 * is gone, which ssh2 does not tell those whose requests it has not sent yet.
 */
export async function withSftp<T>(
  client: Client,
  over: AbortSignal,
  use: (sftp: Sftp) => Promise<T>,
): Promise<T> {
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    client.sftp((error, opened) => (error === undefined ? resolve(opened) : reject(error)));
  });
  const ended = new AbortController();
  sftp.on("error", (error: Error) => ended.abort(error));
  sftp.once("close", () => ended.abort(sessionEnded()));
  const gone = AbortSignal.any([over, ended.signal]);
  const request: Sftp["request"] = (send) => {
    return new Promise((resolve, reject) => {
      gone.throwIfAborted();
      const lost = (): void => reject(gone.reason);
      gone.addEventListener("abort", lost, { once: true });
      send(sftp, (error, value) => {
        gone.removeEventListener("abort", lost);
        if (error === undefined || error === null) resolve(value);
        else if (gone.aborted) reject(gone.reason);
        else if (NO_ANSWER.test(error.message)) {
          ended.abort(sessionEnded(error));
          reject(ended.signal.reason);
        } else reject(error);
      });
    });
  };
  try {
    return await use({ request, isOpen: () => !gone.aborted, close: () => sftp.end() });
  } finally {
    sftp.end();
  }
}

// ssh2's words (lib/protocol/SFTP.js) to all who wait when the channel is closed.
const NO_ANSWER = /^No response from server$/;

function sessionEnded(cause?: unknown): UserError {
  return new UserError("The SSH server ended the file transfer session (SFTP).", {
    hint: "Its sftp-server was stopped, or failed: see the log of sshd there, and the memory that it has. Run the step again.",
    cause,
  });
}
