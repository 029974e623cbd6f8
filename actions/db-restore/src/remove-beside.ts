import type { Client } from "pg";
import { quoteIdentifier, quoteLiteral } from "../../../shared/postgres/sql.ts";
import type { Clock } from "../../../shared/runtime/clock.ts";
import { besideName } from "./beside.ts";
import { sessionName, type Target } from "./target.ts";

// The clean-up of a cancelled run has a few seconds in all.
const CLEAN_UP_MS = 5_000;
const GONE_MS = 2_500;
const PAUSE_MS = 50;

/**
 * Drops the database of a run that failed, if it still has the name it was made with: what has become the target is
 * never touched. Also where it was never made. Over a connection of its own: the run's may be gone, and it may have been
 * cancelled.
 */
export async function removeBeside(target: Target, maintenance: string, clock: Clock): Promise<void> {
  const name = besideName(target.address.database, target.run);
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  const client = await target.connect(maintenance, signal);
  try {
    const alive = await endSessions(client, target.run, clock, signal).catch(() => true);
    await dropSubscriptions(client, target, name, signal);
    await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
    if (alive) throw new Error("a session of this run could not be ended, and may still make it");
  } finally {
    await client.close();
  }
}

/**
 * Ends the sessions of a run but for the one that asks, and says whether any is left. A server that makes a database does
 * not notice that the client has gone, and would have it made after all once nobody is there to drop it.
 */
async function endSessions(
  client: Pick<Client, "query">,
  run: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const until = clock.monotonic() + GONE_MS;
  for (;;) {
    const { rows } = await client.query(
      `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
        where application_name = ${quoteLiteral(sessionName(run))} and pid <> pg_catalog.pg_backend_pid()`,
    );
    if (rows.length === 0) return false;
    if (clock.monotonic() >= until) return true;
    await clock.sleep(PAUSE_MS, signal);
  }
}

/**
 * Drops the subscriptions of a database that is to be dropped, which they would keep. What they are subscribed to is not
 * asked: its replication slot belongs to the database that was backed up.
 */
export async function dropSubscriptions(
  client: Pick<Client, "query">,
  target: Pick<Target, "connect">,
  database: string,
  signal?: AbortSignal,
): Promise<void> {
  const { rows } = await client.query<{ readonly name: string }>(
    `select s.subname as name from pg_catalog.pg_subscription s
       join pg_catalog.pg_database d on d.oid = s.subdbid where d.datname = ${quoteLiteral(database)}`,
  );
  if (rows.length === 0) return;
  const inside = await target.connect(database, signal);
  try {
    for (const { name } of rows) {
      const subscription = `SUBSCRIPTION ${quoteIdentifier(name)}`;
      await inside.query(`ALTER ${subscription} DISABLE`);
      await inside.query(`ALTER ${subscription} SET (slot_name = NONE)`);
      await inside.query(`DROP ${subscription}`);
    }
  } finally {
    await inside.close();
  }
}
