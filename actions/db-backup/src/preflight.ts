import { type BackupRights, backupRights, grantStatement } from "../../../shared/postgres/backup-rights.ts";
import { NEWEST_MAJOR, OLDEST_MAJOR } from "../../../shared/postgres/choose-programs.ts";
import type { ServerVersion } from "../../../shared/postgres/server-version.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { asClient, type Session } from "./session.ts";

/** Throws for a server that nothing here was tried on. */
export function checkVersion({ major, full }: ServerVersion): void {
  if (major >= OLDEST_MAJOR && major <= NEWEST_MAJOR) return;
  throw new UserError(
    `The server is PostgreSQL ${full}; backups are proven on ${OLDEST_MAJOR} to ${NEWEST_MAJOR}.`,
    {
      hint:
        major > NEWEST_MAJOR
          ? "Update this action."
          : "Update the server: PostgreSQL no longer mends that version.",
    },
  );
}

/** Throws, with every statement that mends it, when the role cannot read all that belongs into a backup. */
export async function checkRights(session: Session, database: string): Promise<void> {
  const rights = await backupRights(asClient(session));
  if (rights.gaps.length > 0) throw rightsError(rights, database);
}

const SHOWN = 50;

/** Pure. Public for its tests. */
export function rightsError({ role, gaps }: BackupRights, database: string): UserError {
  const kinds = new Map<string, number>();
  for (const { kind } of gaps) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const counted = [...kinds].map(([kind, count]) => (count === 1 ? `1 ${kind}` : `${count} ${plural(kind)}`));
  const names = gaps.slice(0, SHOWN).map(({ name }) => name);
  const more = gaps.length > SHOWN ? ` and ${gaps.length - SHOWN} more` : "";
  const statements = [...new Set(gaps.map((gap) => `${grantStatement(gap, role)};`))];
  const shownStatements = statements.slice(0, SHOWN).join(" ");
  const rest =
    statements.length > SHOWN
      ? ` And ${statements.length - SHOWN} more: GRANT pg_read_all_data TO ${role}; covers all schemas, tables and sequences.`
      : "";
  return new UserError(
    `The role ${role} cannot read all of the database ${database}: ${counted.join(", ")} (${names.join(", ")}${more}).`,
    { hint: `Run as their owner or a superuser: ${shownStatements}${rest}` },
  );
}

function plural(kind: string): string {
  return kind === "row security" ? "tables with row security" : `${kind}s`;
}
