import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Facts, Wishes } from "./plan.ts";

/** Roles that are needed and are not there. Without owners and grants, those remain that the archive itself names. */
export function rolesToMake({ noOwner }: Wishes, { server, attributes }: Facts): readonly string[] {
  if (!noOwner) return server.missingRoles;
  return server.missingRoles.filter((role) => attributes.named?.includes(role));
}

/** Roles that become owners although the user may not act as them; the doubtful ones where the backup does not tell. */
function foreignOwners({ mode, noOwner }: Wishes, { server, attributes }: Facts) {
  const foreign = noOwner ? [] : server.foreignRoles;
  const { owner, owners, roles } = attributes;
  // Only a new database gets the owner of the one that was backed up.
  const certain = [...(mode === "new" ? [owner] : []), ...(owners ?? [])];
  const doubtful = owners === undefined ? roles : [];
  return {
    certain: foreign.filter((role) => certain.includes(role)),
    doubtful: foreign.filter((role) => doubtful.includes(role) && !certain.includes(role)),
  };
}

/** What may go wrong over roles, where the backup does not tell enough. */
export function roleRemarks(wishes: Wishes, facts: Facts): string[] {
  const { server, attributes } = facts;
  const { doubtful } = foreignOwners(wishes, facts);
  const remarks: string[] = [];
  if (doubtful.length > 0) {
    remarks.push(
      `The user ${server.user} may not act as ${doubtful.join(", ")}. The backup does not tell who owns something in it: where one of these does, restoring fails.`,
    );
  }
  if (wishes.noOwner && attributes.named === undefined && server.missingRoles.length > 0) {
    remarks.push(
      `The server lacks ${server.missingRoles.join(", ")}. The backup does not tell which roles policies and user mappings name: where one of these is named, restoring fails.`,
    );
  }
  return remarks;
}

/** What is in the way over roles. */
export function roleProblems(wishes: Wishes, facts: Facts): UserError[] {
  const { mode, noOwner, missingRoles } = wishes;
  const { server } = facts;
  const problems: UserError[] = [];
  const missing = rolesToMake(wishes, facts);
  const orWithout = noOwner ? "" : ", or set no-owner: true to leave owners and grants out";
  if (missing.length > 0 && missingRoles === "fail") {
    const why = noOwner ? "roles that policies or user mappings name" : "roles of the backup";
    problems.push(
      new UserError(`The target server lacks ${why}: ${missing.join(", ")}.`, {
        hint: `Make them (the backup's globals have the statements where include-globals was set), or set missing-roles: create for roles that cannot log in${orWithout}.`,
        where: { input: "missing-roles" },
      }),
    );
  } else if (missing.length > 0 && !server.mayCreateRoles) {
    problems.push(
      new UserError(
        `The user ${server.user} may make no roles, and the backup needs ${missing.join(", ")}.`,
        { hint: `Make them as a superuser${orWithout}.`, where: { input: "missing-roles" } },
      ),
    );
  }
  const { certain } = foreignOwners(wishes, facts);
  if (certain.length > 0) {
    problems.push(
      new UserError(
        `The user ${server.user} may not act as roles that own things in the backup: ${certain.join(", ")}.`,
        {
          hint: "Restore as a superuser, run GRANT <role> TO … for each, or set no-owner: true.",
          where: { input: "no-owner" },
        },
      ),
    );
  }
  if (mode === "new" && !noOwner) problems.push(...ownerProblems(facts));
  return problems;
}

/** Whoever is not the owner any more can neither rename a database nor drop it: `SET ROLE` is not done here. */
function ownerProblems({ server, attributes }: Facts): UserError[] {
  const { owner } = attributes;
  if (server.actsAsOwner || server.foreignRoles.includes(owner)) return [];
  return [
    new UserError(
      `The user ${server.user} does not inherit the rights of ${owner}, the owner of the backup's database, and could not rename the restored one.`,
      {
        hint: `Run GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(server.user)} WITH INHERIT TRUE (before PostgreSQL 16: ALTER ROLE ${quoteIdentifier(server.user)} INHERIT) as a superuser, or set no-owner: true.`,
        where: { input: "no-owner" },
      },
    ),
  ];
}
