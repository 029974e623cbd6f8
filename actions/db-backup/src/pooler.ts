import { randomBytes } from "node:crypto";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Session } from "./session.ts";

const MARK = "deploy_actions.session";

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
  const another = await openAnother();
  try {
    const seen = await another.query<{ readonly mark: string | null }>(
      `select pg_catalog.current_setting('${MARK}', true) as mark`,
    );
    if (seen.rows[0]?.mark !== mark) {
      log.info("A pooler stands between, which keeps sessions apart.");
      return;
    }
  } finally {
    await another.close();
    await session.query(`reset ${MARK}`);
  }
  throw new UserError(
    "The address leads to a pooler that shares sessions (transaction mode), not to PostgreSQL itself.",
    {
      hint: "Give the address of the server (port 5432; without -pooler in the host), or of a pooler in session mode.",
      where: { input: "database-url" },
    },
  );
}
