type Needs = ReadonlyMap<string, readonly string[]>;

/** Every check that `name` needs, directly or through others. */
export function ancestors(name: string, needs: Needs): Set<string> {
  const found = new Set<string>();
  const open = [...(needs.get(name) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(needs.get(next) ?? []));
  }
  return found;
}

/**
 * The shortest circle of needs that begins and ends at `name`, told once: at the check of the circle that comes first in
 * the file. `undefined` when there is none.
 */
export function findCycle(name: string, needs: Needs): string[] | undefined {
  if (needs.get(name)?.length === 0) return undefined; // As for most checks; what follows looks at all of them.
  const names = [...needs.keys()];
  // A circle through an earlier check is that one's to tell.
  const open = new Set(names.slice(names.indexOf(name)));
  const ways: (readonly string[])[] = [[name]];
  for (const way of ways) {
    for (const next of needs.get(way.at(-1) ?? name) ?? []) {
      if (next === name) return [...way, name];
      if (open.delete(next)) ways.push([...way, next]);
    }
  }
  return undefined;
}
