import { randomBytes } from "node:crypto";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Session } from "./session.ts";

const MARK = "deploy_actions.session";
const TRIES = 5;

/**
 * Throws when a pooler stands between that shares sessions: pg_dump changes settings of its session, which then reach
 * other clients (pgbouncer/pgbouncer#976), and they reach it. A pooler gives out process numbers of its own; whether it
 * shares sessions shows when a second connection meets what the first has set.
 */
export async function checkPooler(
  session: Session,
  openAnother: () => Promise<Session>,
  log: Pick<Logger, "info">,
): Promise<void> {
  const claimed = (session as { readonly processID?: number | null }).processID;
  if (claimed === undefined || claimed === null) return;
  const { rows } = await session.query<{ readonly pid: number }>("select pg_catalog.pg_backend_pid() as pid");
  if (rows[0]?.pid === claimed) return;
  const mark = randomBytes(8).toString("hex");
  await session.query(`set ${MARK} = '${mark}'`);
  let shared = false;
  // At a busy pooler, somebody else may just have the connection that the mark is on.
  for (let tries = 0; tries < TRIES && !shared; tries++) shared = (await markSeenBy(openAnother)) === mark;
  await session.query(`reset ${MARK}`);
  if (!shared) {
    log.info("A pooler stands between, which keeps sessions apart.");
    return;
  }
  throw new UserError(
    "The address leads to a pooler that shares sessions (transaction mode), not to PostgreSQL itself.",
    {
      hint: "Give the address of the server (port 5432; without -pooler in the host), or of a pooler in session mode.",
      where: { input: "database-url" },
    },
  );
}

async function markSeenBy(open: () => Promise<Session>): Promise<string | null | undefined> {
  const another = await open();
  try {
    const { rows } = await another.query<{ readonly mark: string | null }>(
      `select pg_catalog.current_setting('${MARK}', true) as mark`,
    );
    return rows[0]?.mark;
  } finally {
    await another.close();
  }
}
