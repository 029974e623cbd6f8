import { chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runChild } from "../../runtime/child-process.ts";
import { UserError } from "../../runtime/user-error.ts";

/** Whom a temporary server runs as; undefined for the user of this process. */
export type ServerUser = { readonly uid: number; readonly gid: number } | undefined;

// The same on all Linux systems; no account is needed to run as it.
const NOBODY = 65_534;

/** PostgreSQL refuses to run as root: then it is the user postgres where there is one, else nobody. */
export async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = await readFile("/etc/passwd", "utf8").catch(() => "");
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? [];
  return { uid: Number(uid ?? NOBODY), gid: Number(gid ?? NOBODY) };
}

/** Makes a directory that only the server's user can read, in the first place that this user can reach. */
export async function privateDirectory(
  name: string,
  user: ServerUser,
  options: { readonly env: Readonly<NodeJS.ProcessEnv>; readonly signal: AbortSignal },
): Promise<string> {
  const places = [options.env["RUNNER_TEMP"], tmpdir()].filter(
    (place) => place !== undefined && place !== "",
  );
  for (const place of places) {
    const directory = await mkdtemp(path.join(path.resolve(place ?? ""), `${name}-`));
    if (user === undefined) return directory;
    await chown(directory, user.uid, user.gid);
    let reached = false;
    try {
      reached = await reaches(directory, user, options.signal);
    } finally {
      if (!reached) await rm(directory, { recursive: true });
    }
    if (reached) return directory;
  }
  throw new UserError("There is no place for a temporary PostgreSQL server.", {
    hint: `Root's server runs as another user (uid ${user?.uid}), which can reach none of ${places.join(", ")}.`,
  });
}

async function reaches(directory: string, user: ServerUser, signal: AbortSignal): Promise<boolean> {
  const end = await runChild("/bin/sh", ["-c", 'test -w "$1"', "sh", directory], { user, signal, env: {} });
  return end.code === 0;
}
