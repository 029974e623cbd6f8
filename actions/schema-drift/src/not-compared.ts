import { type Catalog, kindModel, kindNames } from "../../../shared/postgres/catalog/model.ts";

/** What neither side can say, or what is of no kind that is compared: told, never silent. Pure. */
export function notComparedIn({
  expected,
  actual,
}: {
  readonly expected: Catalog;
  readonly actual: Catalog;
}): string[] {
  const strange = [...(actual.objects.get("not modelled")?.keys() ?? [])];
  const hidden = [...new Set([...expected.unreadable, ...actual.unreadable])].sort();
  return [
    ...strange.map((name) => `${name}: of a kind that is not modelled`),
    ...hidden.map((property) => `${property.replace(".", ": ")}, which the role may not read`),
    ...betweenVersions(expected.server.major, actual.server.major),
  ];
}

/** Properties that only the newer of two servers knows. */
function betweenVersions(one: number, two: number): string[] {
  if (one === two) return [];
  const [older, newer] = [Math.min(one, two), Math.max(one, two)];
  const properties = kindNames.flatMap((kind) =>
    Object.entries(kindModel(kind).properties)
      .filter(([, { since = 0 }]) => since > older && since <= newer)
      .map(([property]) => `${kind} ${property}`),
  );
  return properties.length === 0
    ? []
    : [`what PostgreSQL ${newer} has and ${older} has not: ${properties.join(", ")}`];
}
