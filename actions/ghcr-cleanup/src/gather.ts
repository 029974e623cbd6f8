import { UserError } from "../../../shared/runtime/user-error.ts";
import { readWanted } from "./read-manifests.ts";
import type { Facts, Sources } from "./sources.ts";
import type { Version } from "./version.ts";

const MOST_READINGS = 6;
// So many that a second look at each costs less than another reading.
const FEW_MISSING = 20;

/**
 * What is true of a package: its versions, and the manifests that decide something. The listing is read at least twice:
 * one that shifts while it is read, because something is deleted, leaves versions out, and each that is in one reading
 * alone is asked for by itself. `known` are facts from before. Throws a UserError when too much changes.
 */
export async function gather(name: string, sources: Sources, known?: Facts): Promise<Facts> {
  const manifests = new Map(known?.manifests);
  let before: readonly Version[] | undefined = known?.versions;
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const listed = await sources.api.versions(name);
    const complete = listed === undefined ? undefined : await completed(name, listed, before, sources);
    const versions = complete ?? listed;
    if (versions !== undefined) await readWanted(name, versions, manifests, sources);
    if (complete !== undefined) return { versions: complete, manifests };
    before = versions;
  }
  throw new UserError(`package ${name}: its listing changed again and again while it was read.`, {
    hint: "Something deletes at the same time. Run this when it is quiet; nothing was deleted.",
  });
}

/** A reading with what it has left out of the one before; `undefined` where there is none, or they differ by much. */
async function completed(
  name: string,
  listed: readonly Version[],
  before: readonly Version[] | undefined,
  { api }: Sources,
): Promise<readonly Version[] | undefined> {
  if (before === undefined) return undefined;
  const ids = new Set(listed.map(({ id }) => id));
  const missing = before.filter(({ id }) => !ids.has(id));
  if (missing.length > FEW_MISSING) return undefined;
  const found: Version[] = [];
  for (const { id } of missing) {
    const version = await api.version(name, id);
    if (version !== undefined) found.push(version);
  }
  return found.length === 0 ? listed : [...listed, ...found];
}

/** Whether nothing has happened to a version between two looks at it. */
export function sameVersion(a: Version, b: Version): boolean {
  return a.digest === b.digest && a.updatedAt === b.updatedAt && sameTags(a.tags, b.tags);
}

/** Whether both have the same tags, in whatever order. */
export function sameTags(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const tags = new Set(a);
  return b.every((tag) => tags.has(tag));
}
