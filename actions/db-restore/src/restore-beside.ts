import type { Manifest } from "../../../shared/backup/manifest.ts";
import type { PostgresClient } from "../../../shared/postgres/connect.ts";
import { queryError } from "../../../shared/postgres/connect.ts";
import type { DatabaseLocale } from "../../../shared/postgres/create-database.ts";
import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { attributeStatements } from "./attribute-statements.ts";
import { type Beside, besideName, lockKey, makeBeside, nameWithEnd, timeInName } from "./beside.ts";
import { type DatabaseState, databaseState } from "./database-attributes.ts";
import { dropLeftover, leftovers } from "./leftovers.ts";
import { analyze, itemProgress, loadArchive } from "./load.ts";
import type { Done } from "./outcome.ts";
import { removeBeside } from "./remove-beside.ts";
import { asked, type Run } from "./run.ts";
import { takeName } from "./swap.ts";
import { verifyRows } from "./verify.ts";
import { wayBack } from "./way-back.ts";

/** Restores into a database of its own, which takes the target's name when it is whole and proven. */
export async function restoreBeside(run: Run): Promise<Done> {
  const { inputs, runtime, timeline, target, source, attributes, plan, session } = run;
  const { clock, signal, log, defer } = runtime;
  const { database } = target.address;
  await lockTarget(run);
  await removeLeftovers(run);

  let named = false;
  const name = besideName(database, target.run);
  defer(
    `the unfinished database ${name}; run: DROP DATABASE IF EXISTS ${quoteIdentifier(name)};`,
    async () => {
      if (!named) await removeBeside(target, inputs.maintenanceDb, clock);
    },
  );
  const at = clock.now();
  const beside = await timeline.phase("Making a database beside", () => {
    const { locale, icuRules, ...rest } = attributes.locale;
    const full: DatabaseLocale = { ...rest, locale, icuRules };
    return makeBeside(session, target, { locale: full, tablespace: plan.tablespace, at });
  });
  log.info(`database=${beside.name}`);
  const progress = itemProgress();
  const manifest = await timeline.phase(
    "Restoring",
    () => loadArchive(run, beside.name, inputs.jobs, progress),
    progress.line,
  );
  const verified = await timeline.phase("Checking what was restored", () => finish(run, beside, manifest));

  const old = plan.mode === "swap" ? await present(run) : undefined;
  const before = old === undefined ? undefined : nameWithEnd(database, `_before_${timeInName(clock.now())}`);
  await asked(target, () => give(run, beside, old));
  const blockedMs = await timeline.phase(old === undefined ? "Giving it its name" : "Swapping", () =>
    takeName({
      ...{ target, beside, drainMs: inputs.drainTimeout, clock, signal, info: log.info },
      old: old === undefined || before === undefined ? undefined : { oid: old.oid, name: before },
      comment: old === undefined ? attributes.comment : old.comment,
      isTemplate: old?.isTemplate === true,
      maintenance: { name: inputs.maintenanceDb, client: session },
    }),
  );
  named = true;
  log.info(`restored=${database} from=${source.location}`);
  return {
    ...{ database, previous: before, verified },
    blockedMs: old === undefined ? undefined : blockedMs,
    wayBack: before === undefined ? [] : wayBack(database, before, clock.now()),
  };
}

/** One restore at a time: two that swap one after the other would put the older backup in place by chance. */
async function lockTarget({ session, target }: Run): Promise<void> {
  const { database } = target.address;
  const { rows } = await asked(target, () =>
    session.query<{ readonly locked: boolean }>(
      `select pg_catalog.pg_try_advisory_lock(${lockKey(database)}) as locked`,
    ),
  );
  if (rows[0]?.locked === true) return;
  throw new UserError(`Another run of db-restore is at work on ${JSON.stringify(database)}.`, {
    hint: "Wait for it to end, or cancel it. Its sessions begin with db-restore in pg_stat_activity.",
  });
}

/** Drops what killed runs have left, which nobody could take for anything else. */
async function removeLeftovers({ session, target, remark }: Run): Promise<void> {
  for (const left of await asked(target, () => leftovers(session, target.address.database))) {
    remark(await dropLeftover(session, target, left));
  }
}

async function finish(run: Run, beside: Beside, manifest: Manifest): Promise<Done["verified"]> {
  const { inputs, target } = run;
  if (!inputs.verify && !inputs.analyze) return undefined;
  const client: PostgresClient = await target.connect(beside.name);
  try {
    if (inputs.analyze) await analyze(run, client);
    return inputs.verify ? await asked(target, () => verifyRows(client, manifest)) : undefined;
  } finally {
    // Renaming wants nobody there: wait until the server has noticed.
    await client.close();
  }
}

/** The database that has the name now. Its owner, grants and settings hold on. */
async function present({ session, target }: Run): Promise<DatabaseState> {
  const state = await asked(target, () => databaseState(session, target.address.database));
  if (state !== undefined) return state;
  throw new UserError(
    `The database ${JSON.stringify(target.address.database)} has gone while this run restored.`,
    {
      hint: "See who drops or renames databases there; or run the step again with mode: new.",
    },
  );
}

/** Gives it owner, grants and settings: those of the database that it replaces, else those of the backup. */
async function give(run: Run, beside: Beside, old: DatabaseState | undefined): Promise<void> {
  const { session, attributes, plan, target } = run;
  const choices = {
    noOwner: old === undefined && plan.noOwner,
    withoutSettings: old === undefined ? plan.skipSettings : [],
  };
  const statements = attributeStatements(beside.name, old ?? attributes, choices);
  for (const statement of statements) {
    await session.query(statement).catch((error: unknown) => {
      throw queryError(error, { ...target.address, database: beside.name });
    });
  }
}
