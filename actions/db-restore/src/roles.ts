import type { Client } from "pg";
import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import { asked } from "./run.ts";
import type { Target } from "./target.ts";

/**
 * Makes roles that cannot log in and have no rights, all or none; the user becomes a member of each, so that it can
 * make them owners. Throws a UserError.
 */
export async function makeRoles(
  client: Pick<Client, "query">,
  target: Target,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const statements = names.map(
    (name) => `CREATE ROLE ${quoteIdentifier(name)} NOLOGIN; GRANT ${quoteIdentifier(name)} TO CURRENT_USER`,
  );
  await asked(target, () => client.query(`begin; ${statements.join("; ")}; commit`));
}
