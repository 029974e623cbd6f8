import { UserError } from "../../../shared/runtime/user-error.ts";
import { analyze, itemProgress, loadArchive } from "./load.ts";
import type { Done } from "./outcome.ts";
import { asked, type Run } from "./run.ts";
import { verifyRows } from "./verify.ts";

/** Restores into the target database itself, in one transaction: all of it is there afterwards, or nothing. */
export async function restoreIntoEmpty(run: Run): Promise<Done> {
  const { inputs, timeline, target, session } = run;
  const { database } = target.address;
  const progress = itemProgress();
  const manifest = await timeline.phase(
    "Restoring in one transaction",
    () => loadArchive(run, database, undefined, progress),
    progress.line,
  );
  if (inputs.analyze) await timeline.phase("Gathering statistics", () => analyze(run, session));
  const verified = inputs.verify
    ? await timeline.phase("Comparing with the backup", () =>
        asked(target, () => verifyRows(session, manifest)).catch((error: unknown) => {
          throw error instanceof UserError ? committed(error, database) : error;
        }),
      )
    : undefined;
  return { database, previous: undefined, verified, wayBack: [], blockedMs: undefined };
}

/** pg_restore commits when it is through, and only then can be counted. */
function committed(error: UserError, database: string): UserError {
  return new UserError(`${error.message} It was committed, and is in ${JSON.stringify(database)} now.`, {
    hint: `${error.hint} To try again, drop the database and make it anew.`,
    cause: error,
  });
}
