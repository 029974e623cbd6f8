/** One migration, in whatever words its tool has for it. */
export type Revision = {
  /** As the tool names it, and writes it down in the database. */
  readonly id: string;
  /** What it comes right after: none for a first one, several for a merge. */
  readonly parents: readonly string[];
  /** The absolute path of its file; undefined where the tool does not say. */
  readonly file: string | undefined;
};

/** A place where a history ends, though it should end in one. */
export type Heads = {
  /** Whose history it is, where there are several: a Django app, a labelled branch of Alembic. */
  readonly of: string;
  readonly ids: readonly string[];
};

/** All migrations of a project, each after what it needs. */
export type History = {
  readonly revisions: readonly Revision[];
  /** Histories with more than one end. Empty when all is well. */
  readonly forks: readonly Heads[];
};

/**
 * Revisions so that each comes after its parents; those that are free to come first keep the order in which they were
 * given. A circle is left at the end, for the tool to complain about.
 */
export function inOrder(revisions: readonly Revision[]): readonly Revision[] {
  const known = new Set(revisions.map(({ id }) => id));
  const done = new Set<string>();
  const ordered: Revision[] = [];
  let waiting = [...revisions];
  while (waiting.length > 0) {
    const later: Revision[] = [];
    for (const each of waiting) {
      if (each.parents.every((parent) => done.has(parent) || !known.has(parent))) {
        done.add(each.id);
        ordered.push(each);
      } else later.push(each);
    }
    if (later.length === waiting.length) return [...ordered, ...later];
    waiting = later;
  }
  return ordered;
}

/** Those that no other comes after. */
export function headsOf(revisions: readonly Revision[]): readonly string[] {
  const parents = new Set(revisions.flatMap((each) => each.parents));
  return revisions.filter(({ id }) => !parents.has(id)).map(({ id }) => id);
}
