import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Client } from "pg";
import type { Manifest } from "../../../shared/backup/manifest.ts";
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

/**
 * Loads the archive into a database: with several sessions, or in one transaction where `jobs` is undefined. Returns what
 * the manifest says of it, but for tables that were left out with their extensions.
 */
export async function loadArchive(
  run: Run,
  database: string,
  jobs: number | undefined,
  progress: ItemProgress,
): Promise<Manifest> {
  const { runtime, plan, program, archive: unpacked, target, session, remark } = run;
  const { manifest } = run.source;
  const { file: archive, offsets } = unpacked;
  if (offsets !== undefined) await writeOffsets(archive, offsets);
  else if (jobs !== undefined && jobs > 1)
    runtime.log.info("The archive is of a form that is restored without positions, which takes longer.");
  const contents = await contentsOf(program, archive, runtime);
  progress.items = contents.items;
  const without = { extensions: plan.skipExtensions, uncommented: await foreignExtensions(run, database) };
  const { text, tables } = withoutExtensions(contents.text, without, manifest);
  let list: string | undefined;
  if (text !== contents.text) {
    list = path.join(path.dirname(archive), "list");
    await writeFile(list, text, { encoding: "latin1", mode: 0o600 });
  }
  if (tables.length > 0) {
    const what = tables.length === 1 ? "table that belongs" : "tables that belong";
    remark(
      `The rows of ${tables.length} ${what} to an extension that is left out are left out, too: ${tables.map(({ schema, name }) => `${schema}.${name}`).join(", ")}.`,
    );
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
  return { ...manifest, tables: manifest.tables.filter((table) => !tables.includes(table)) };
}

/** Extensions that are in the database already and belong to others, who alone may write their comments. */
async function foreignExtensions({ target }: Run, database: string): Promise<readonly string[]> {
  const client = await target.connect(database);
  try {
    const { rows } = await asked(target, () =>
      client.query<{ readonly name: string }>(
        "select extname as name from pg_catalog.pg_extension where not pg_catalog.pg_has_role(extowner, 'USAGE')",
      ),
    );
    return rows.map(({ name }) => name);
  } finally {
    // Renaming wants nobody there: wait until the server has noticed.
    await client.close();
  }
}

/** Without statistics, the first queries on a restored database are planned blindly. */
export async function analyze({ target }: Run, client: Pick<Client, "query">): Promise<void> {
  await asked(target, () => client.query("ANALYZE"));
}
