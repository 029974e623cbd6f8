import path from "node:path/posix";
import type { Stats } from "ssh2";
import { UserError } from "../../runtime/user-error.ts";
import type { Sftp } from "../../ssh/sftp.ts";
import { isMissing, sftpFailure } from "./failure.ts";

/** What is at a path; `undefined` when there is nothing. */
export async function statOf(sftp: Sftp, at: string): Promise<Stats | undefined> {
  try {
    return await sftp.request<Stats>((wrapper, done) => wrapper.stat(at, done));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw sftpFailure(`Looking at ${at} on the SSH host`, error);
  }
}

/** The directory, or the nearest one above it that exists. Relative paths begin at the user's home directory. */
export async function nearestDirectory(sftp: Sftp, directory: string): Promise<string> {
  for (let at = directory; ; at = path.dirname(at)) {
    const found = await statOf(sftp, at);
    if (found?.isDirectory() === true) return at;
    if (found !== undefined) {
      throw new UserError(`${at} on the SSH host is not a directory.`, {
        hint: "Give a directory as the destination.",
      });
    }
    if (at === path.dirname(at)) return at;
  }
}

/** Makes a directory and those above it that are missing, for this user alone. */
export async function makeDirectory(sftp: Sftp, directory: string): Promise<void> {
  if ((await statOf(sftp, directory))?.isDirectory() === true) return;
  const parent = path.dirname(directory);
  if (parent !== directory) await makeDirectory(sftp, parent);
  try {
    await sftp.request<void>((wrapper, done) =>
      wrapper.mkdir(directory, { mode: 0o700 }, (error) => done(error)),
    );
  } catch (error) {
    // Another run may have made it meanwhile; SFTP has no word for that.
    if ((await statOf(sftp, directory))?.isDirectory() === true) return;
    throw sftpFailure(`Making the directory ${directory} on the SSH host`, error);
  }
}

/** Bytes that are free for this user where the path lies; `undefined` when the server does not tell. */
export async function freeBytes(sftp: Sftp, at: string): Promise<number | undefined> {
  type Space = { readonly f_bavail: number | bigint; readonly f_frsize: number | bigint };
  try {
    const { f_bavail, f_frsize } = await sftp.request<Space>((wrapper, done) =>
      wrapper.ext_openssh_statvfs(at, done),
    );
    return Number(f_bavail) * Number(f_frsize);
  } catch {
    return undefined;
  }
}
