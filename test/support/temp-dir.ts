import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { whenThisProcessEnds } from "./guard.ts";

export type TempDir = {
  /** Absolute path, readable by this user alone. */
  readonly path: string;
  /** Removes the directory and all that is in it. It goes by itself when the process ends. */
  remove(): void;
};

/** Makes a fresh directory. `name` shows in its path, for whoever finds it while a test runs. */
export function makeTempDir(name = "test"): TempDir {
  const directory = mkdtempSync(path.join(tmpdir(), `deploy-actions-${name}-`));
  const callOff = whenThisProcessEnds("rm", "-rf", "--", directory);
  return {
    path: directory,
    remove: () => {
      // Retries: a server that was just told to stop may still be writing.
      rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      callOff();
    },
  };
}
