import { watchProcesses } from "../db-backup/processes.ts";

/**
 * Looks again and again at the processes that have a text in their arguments or in their environment, such as a folder
 * of the host: whatever a login there starts. Gives the arguments and environments of all but the step itself, whose
 * environment is where the runner puts the inputs.
 */
export function watchProcessesOf(mark: string): () => string {
  const stop = watchProcesses(mark);
  return () =>
    stop()
      .filter(({ argv }) => !argv.some((word) => word.endsWith("blue-green-switch/index.js")))
      .flatMap(({ argv, environ }) => [argv.join("\0"), ...environ])
      .join("\n");
}
