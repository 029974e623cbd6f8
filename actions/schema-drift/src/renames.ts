import { changesOf } from "../../../shared/postgres/catalog/compare.ts";
import type { Difference } from "../../../shared/postgres/catalog/difference.ts";
import { type Kind, kindModel } from "../../../shared/postgres/catalog/model.ts";
import { lastIdentifier, unpack, withoutLastIdentifier } from "../../../shared/postgres/catalog/packed.ts";

/** Kinds that have parts of their own, named `whole.part`. */
const WHOLES: ReadonlySet<Kind> = new Set([
  "table",
  "view",
  "materialized view",
  "foreign table",
  "domain",
  "composite type",
]);
const COLUMNS: ReadonlySet<Kind> = new Set(["column", "attribute"]);
/** Where another name says nothing more than that: these stand for what their name says. */
const UNNAMED: ReadonlySet<Kind> = new Set([
  ...([
    "database",
    "setting",
    "default privileges",
    "cast",
    "transform",
    "publication table",
    "publication schema",
  ] as const),
  ...(["user mapping", "preset object", "not modelled", "operator", "schema", "extension"] as const),
]);

/**
 * Takes an object that is missing and one that is unexpected for one that was renamed, where both are the same but for the
 * name, and no other of either could be meant. What differs elsewhere only by that name is no difference then. Pure.
 */
export function pairRenames(differences: readonly Difference[]): Difference[] {
  let left = differences;
  // What others name comes first: they may differ by that name alone.
  for (const wanted of [
    (kind: Kind) => WHOLES.has(kind),
    (kind: Kind) => COLUMNS.has(kind),
    (kind: Kind) => !WHOLES.has(kind) && !COLUMNS.has(kind) && !UNNAMED.has(kind),
  ]) {
    left = withNames(left, pairsAmong(left, wanted));
  }
  return [...left];
}

type Pair = { readonly missing: Difference; readonly unexpected: Difference };

function pairsAmong(differences: readonly Difference[], wanted: (kind: Kind) => boolean): Pair[] {
  const candidates = differences.filter(({ kind, changes }) => changes.length === 0 && wanted(kind));
  if (
    !candidates.some((each) => each.actual === undefined) ||
    !candidates.some((each) => each.expected === undefined)
  ) {
    return [];
  }
  const partsOf = Map.groupBy(
    differences.filter(({ kind, changes }) => changes.length === 0 && kindModel(kind).partOf?.by === "name"),
    ({ name }) => withoutLastIdentifier(name),
  );
  const groups = Map.groupBy(candidates, (each) => signatureOf(each, partsOf.get(each.name) ?? []));
  return [...groups.values()].flatMap((group) => {
    const missing = group.filter((each) => each.actual === undefined);
    const unexpected = group.filter((each) => each.expected === undefined);
    const [one] = missing;
    const [other] = unexpected;
    return one === undefined || other === undefined || missing.length > 1 || unexpected.length > 1
      ? []
      : [{ missing: one, unexpected: other }];
  });
}

/** All that makes an object but its name: what it is part of, and its own parts, with a blank where the name would be. */
function signatureOf({ kind, name, packed }: Difference, parts: readonly Difference[]): string {
  // The name of a NOT NULL constraint stays when its column or table is renamed.
  const blank = (text: string): string =>
    replaceName(text, name, "\0")
      .replace(/^not-null-name .*\n?/m, "")
      .trimEnd();
  const own = packed.expected ?? packed.actual ?? "";
  const within =
    name.startsWith('"') || name.includes(".") ? withoutLastIdentifier(name.replace(/\(.*$/s, "")) : "";
  const lines = parts.map(
    (part) => `${part.kind} ${blank(part.name)}\n${blank(part.packed.expected ?? part.packed.actual ?? "")}`,
  );
  const args = /\(.*$/s.exec(name)?.[0] ?? "";
  return [kind, within, args, blank(own), ...lines.sort()].join("\n\n");
}

/** The differences as they are once the pairs go by their expected names. */
function withNames(differences: readonly Difference[], pairs: readonly Pair[]): readonly Difference[] {
  if (pairs.length === 0) return differences;
  const gone = new Set<Difference>();
  for (const { missing, unexpected } of pairs) {
    for (const each of differences) {
      const of = (whole: Difference) => each === whole || each.name.startsWith(`${whole.name}.`);
      if ((each.actual === undefined && of(missing)) || (each.expected === undefined && of(unexpected)))
        gone.add(each);
    }
  }
  const rest = differences
    .filter((each) => !gone.has(each))
    .flatMap((each) => {
      const { expected, actual } = each.packed;
      if (actual === undefined) return [each];
      let text = actual;
      for (const pair of pairs) text = withName(text, each, pair);
      if (text === actual) return [each];
      const now = unpack(each.kind, each.name, text).properties;
      if (expected === undefined) return [{ ...each, actual: now, packed: { actual: text } }];
      const known = new Set(each.changes.map(({ property }) => property));
      const changes = changesOf(each.kind, each.expected ?? new Map(), now, (_kind, property) =>
        known.has(property),
      );
      return changes.length === 0
        ? []
        : [{ ...each, actual: now, packed: { expected, actual: text }, changes }];
    });
  return [...rest, ...pairs.map(renamed)];
}

/** A text by the expected name: that of a column stands alone in what belongs to its table. */
function withName(text: string, difference: Difference, { missing, unexpected }: Pair): string {
  const whole = replaceName(text, unexpected.name, missing.name);
  if (!COLUMNS.has(missing.kind) || tableOf(difference) !== withoutLastIdentifier(missing.name)) return whole;
  return replaceName(
    whole,
    lastIdentifier(unexpected.name),
    lastIdentifier(missing.name),
    /[\p{L}\p{N}_$"]/u,
  );
}

/** The table that something belongs to, or the table itself. */
function tableOf({ kind, name, expected, actual }: Difference): string | undefined {
  const by = kindModel(kind).partOf?.by;
  if (by === undefined) return name;
  return by === "name" ? withoutLastIdentifier(name) : (expected ?? actual)?.get(by)?.[0];
}

function renamed({ missing, unexpected }: Pair): Difference {
  return {
    ...missing,
    ...(unexpected.actual === undefined ? {} : { actual: unexpected.actual }),
    packed: { ...missing.packed, ...unexpected.packed },
    changes: [{ property: "name", expected: [missing.name], actual: [unexpected.name] }],
  };
}

/** Every place of a whole name in a text, not of one that is longer: nothing of `joined` stands before it. */
function replaceName(text: string, name: string, by: string, joined = /[\p{L}\p{N}_$."]/u): string {
  let found = text.indexOf(name);
  if (found === -1) return text;
  let result = "";
  let from = 0;
  for (; found !== -1; found = text.indexOf(name, found + name.length)) {
    const [before, after] = [text[found - 1] ?? " ", text[found + name.length] ?? " "];
    if (joined.test(before) || /[\p{L}\p{N}_$"]/u.test(after)) continue;
    result += text.slice(from, found) + by;
    from = found + name.length;
  }
  return result + text.slice(from);
}
