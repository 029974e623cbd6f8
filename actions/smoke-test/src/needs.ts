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
 * The circle of needs that begins and ends at `name`, told once: at the check of the circle that comes first in the
 * file. `undefined` when there is none.
 */
export function findCycle(name: string, needs: Needs): string[] | undefined {
  const order = [...needs.keys()];
  const walk = (at: string, path: readonly string[]): string[] | undefined => {
    for (const next of needs.get(at) ?? []) {
      if (next === name) return [...path, name];
      if (path.includes(next) || order.indexOf(next) < order.indexOf(name) || !reaches(next, name, needs))
        continue;
      const found = walk(next, [...path, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return reaches(name, name, needs) ? walk(name, [name]) : undefined;
}

function reaches(from: string, to: string, needs: Needs): boolean {
  return ancestors(from, needs).has(to);
}
