import type { Catalog, Kind } from "../../../shared/postgres/catalog/model.ts";

export type Comparable = {
  readonly expected: Catalog;
  readonly actual: Catalog;
  /** What is left out, and why. */
  readonly notes: readonly string[];
};

/** What a scratch database cannot say: it has another name, another owner, and the extensions of another machine. */
const UNSAID: readonly Kind[] = ["database", "setting"];
/** What is in every empty database. */
const PRESET = new Set(["schema public", "extension plpgsql", "language plpgsql"]);

/**
 * Makes a schema that was built in a scratch database comparable with a real one. Migrations do not say who runs them, so
 * whoever owns the scratch database stands for the role that owns most of the real one. Pure.
 */
export function comparableWithScratch(expected: Catalog, actual: Catalog, scratchUser: string): Comparable {
  const owner = mainOwner(actual);
  const renamed = new Map(
    [...expected.objects].map(([kind, named]) => [
      kind,
      new Map(
        [...named].map(([name, packed]) => [
          kind === "default privileges" ? ofRole(name, scratchUser, owner) : name,
          said(kind, name, packed, actual, scratchUser, owner),
        ]),
      ),
    ]),
  );
  const extensions = without(actual.objects.get("extension"), "version");
  const both = { expected: new Map(renamed), actual: new Map(actual.objects) };
  for (const kind of UNSAID) for (const objects of Object.values(both)) objects.delete(kind);
  if (extensions !== undefined) both.actual.set("extension", extensions);
  return {
    expected: { ...expected, objects: both.expected },
    actual: { ...actual, objects: both.actual },
    notes: [
      "settings, owner, locale and rights of the database itself: a scratch database has its own",
      ...(extensions === undefined ? [] : ["versions of extensions: a scratch server has its own"]),
      ...(owner === undefined
        ? []
        : [`who migrates: ${owner} owns most of the database, and is taken for that role`]),
    ],
  };
}

function said(
  kind: Kind,
  name: string,
  packed: string,
  actual: Catalog,
  scratchUser: string,
  owner: string | undefined,
): string {
  const own = kind === "extension" ? withoutLine(packed, "version") : packed;
  const real = PRESET.has(`${kind} ${name}`) ? ownerIn(actual.objects.get(kind)?.get(name) ?? "") : owner;
  return real === undefined ? own : withOwner(own, scratchUser, real);
}

/** Default privileges go by the role that makes the objects: `of migrator in public for tables`. */
function ofRole(name: string, scratchUser: string, owner: string | undefined): string {
  const head = `of ${scratchUser} `;
  return owner !== undefined && name.startsWith(head) ? `of ${owner} ${name.slice(head.length)}` : name;
}

function withOwner(packed: string, from: string, to: string): string {
  // The only lines without a tab before them are those of properties.
  const lines = packed.split("\n");
  const at = lines.indexOf(`owner ${from}`);
  if (at === -1) return packed;
  lines[at] = `owner ${to}`;
  return lines.join("\n");
}

function ownerIn(packed: string): string | undefined {
  return /^owner (.*)$/m.exec(packed)?.[1];
}

function without(
  named: ReadonlyMap<string, string> | undefined,
  property: string,
): Map<string, string> | undefined {
  if (named === undefined) return undefined;
  return new Map([...named].map(([name, packed]) => [name, withoutLine(packed, property)]));
}

function withoutLine(packed: string, property: string): string {
  return packed
    .split("\n")
    .filter((line) => !line.startsWith(`${property} `))
    .join("\n");
}

/** The role that owns most of the tables; of anything, where there is no table. */
function mainOwner({ objects }: Catalog): string | undefined {
  for (const kinds of [["table"], [...objects.keys()]] as const) {
    const counts = new Map<string, number>();
    for (const kind of kinds) {
      for (const packed of objects.get(kind as Kind)?.values() ?? []) {
        const owner = ownerIn(packed);
        if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
      }
    }
    const [first] = [...counts].sort(([, one], [, other]) => other - one);
    if (first !== undefined) return first[0];
  }
  return undefined;
}
