import type { Attributes } from "../../../shared/backup/attributes.ts";

/**
 * What the backup has of what belongs to a database itself, in words: `into-empty` leaves it out, since the database is the
 * user's. An owner counts where it is not the present one; owners and grants do not where they are not wanted. Pure.
 */
export function leftOut(
  { owner, grants, settings, connectionLimit, comment }: Attributes,
  { presentOwner, noOwner }: { readonly presentOwner: string | undefined; readonly noOwner: boolean },
): string[] {
  const names = (those: Attributes["settings"]): string =>
    [...new Set(those.map(({ name }) => name))].join(", ");
  const own = settings.filter(({ role }) => role === null);
  const ofRoles = settings.filter(({ role }) => role !== null);
  const given = (grants ?? []).filter(({ grantee }) => grantee !== owner);
  const what: string[] = [];
  if (own.length > 0) what.push(`settings (${names(own)})`);
  if (connectionLimit !== -1) what.push(`a connection limit of ${connectionLimit}`);
  if (comment !== null) what.push("a comment");
  if (noOwner) return what;
  if (ofRoles.length > 0) what.push(`settings of roles (${names(ofRoles)})`);
  if (grants !== null) {
    const rights = given.map(({ privilege, grantee }) => `${privilege} to ${grantee ?? "PUBLIC"}`);
    what.push(`grants (${rights.length === 0 ? "to nobody but its owner" : rights.join(", ")})`);
  }
  if (presentOwner !== undefined && owner !== presentOwner) what.push(`the owner ${owner}`);
  return what;
}
