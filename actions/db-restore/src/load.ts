import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Client } from "pg";
import { writeOffsets } from "./archive-offsets.ts";
import { restore } from "./restore.ts";
import { makeRoles } from "./roles.ts";
import { asked, type Run } from "./run.ts";
import { contentsOf, withoutExtensions } from "./toc.ts";

export type ItemProgress = { done: number; items: number; last: string; readonly line: () => string };

export function itemProgress(): ItemProgress {
  const progress: ItemProgress = {
    ...{ done: 0, items: 0, last: "" },
    line: () =>
      `${progress.done} of ${progress.items} items, the last one ${progress.last || "not known yet"}`,
  };
  return progress;
}

/** Loads the archive into a database: with several sessions, or in one transaction where `jobs` is undefined. */
export async function loadArchive(
  run: Run,
  database: string,
  jobs: number | undefined,
  progress: ItemProgress,
): Promise<void> {
  const { runtime, plan, program, archive: unpacked, target, session } = run;
  const { file: archive, offsets } = unpacked;
  if (offsets !== undefined) await writeOffsets(archive, offsets);
  else if (jobs !== undefined && jobs > 1)
    runtime.log.info("The archive is of a form that is restored without positions, which takes longer.");
  const contents = await contentsOf(program, archive, runtime);
  progress.items = contents.items;
  let list: string | undefined;
  if (plan.skipExtensions.length > 0) {
    list = path.join(path.dirname(archive), "list");
    await writeFile(list, withoutExtensions(contents.text, plan.skipExtensions), {
      encoding: "latin1",
      mode: 0o600,
    });
  }
  await makeRoles(session, target, plan.createRoles);
  await restore({
    ...{ program, target, database, archive, jobs, list, noOwner: plan.noOwner, signal: runtime.signal },
    onItem: (item) => {
      progress.done = Math.min(progress.done + 1, progress.items);
      progress.last = item;
    },
  });
  unpacked.discard();
}

/** Without statistics, the first queries on a restored database are planned blindly. */
export async function analyze({ target }: Run, client: Pick<Client, "query">): Promise<void> {
  await asked(target, () => client.query("ANALYZE"));
}
