import type { Logger } from "../../../shared/runtime/logger.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Session } from "./session.ts";

const ROUNDS = 8;

/**
 * Throws when a pooler stands between that shares sessions: pg_dump changes settings of its session, which then reach
 * other clients (pgbouncer/pgbouncer#976), and they reach it. A pooler gives out process numbers of its own, but not
 * everybody who asks can see those (psql cannot). Whether it shares sessions shows when ours is another session of the
 * server after a while, or is that of a second connection. This only reads: nothing is left with other clients.
 */
export async function checkPooler(
  session: Session,
  openAnother: () => Promise<Session>,
  log: Pick<Logger, "info">,
): Promise<void> {
  const claimed = (session as { readonly processID?: number | null }).processID ?? undefined;
  const own = await backendOf(session);
  if (claimed !== undefined && own.pid === claimed) return;
  const another = await openAnother();
  try {
    // A quiet pooler hands the same session to both; at a busy one, somebody else soon has ours.
    for (let round = 0; round < ROUNDS; round++) {
      if ((await backendOf(another)).name === own.name) throw shared();
      if ((await backendOf(session)).name !== own.name) throw shared();
    }
  } finally {
    await another.close();
  }
  if (claimed !== undefined) log.info("A pooler stands between, which keeps sessions apart.");
}

/** The session of the server that answers; its name tells it apart where several servers stand behind an address, too. */
async function backendOf(session: Session): Promise<{ readonly pid: number; readonly name: string }> {
  const { rows } = await session.query<{ readonly pid: number; readonly name: string }>(
    `select pg_catalog.pg_backend_pid() as pid,
            pg_catalog.pg_backend_pid() || ' ' || pg_catalog.pg_postmaster_start_time() as name`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the server does not tell which session this is");
  return row;
}

function shared(): UserError {
  return new UserError(
    "The address leads to a pooler that shares sessions (transaction mode), not to PostgreSQL itself.",
    {
      hint: "Give the address of the server (port 5432; without -pooler in the host), or of a pooler in session mode.",
      where: { input: "database-url" },
    },
  );
}
