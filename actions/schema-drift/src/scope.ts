import type { Preset } from "../../../shared/migrations/preset.ts";
import type { Scope } from "../../../shared/postgres/catalog/compare.ts";
import type { Catalog, Kind } from "../../../shared/postgres/catalog/model.ts";
import { firstIdentifier } from "../../../shared/postgres/catalog/packed.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { globMatches } from "./glob.ts";
import type { Policy } from "./policy.ts";

/** Kinds whose names do not begin with a schema: they belong to the whole database. */
const WHOLE: ReadonlySet<Kind> = new Set([
  ...([
    "database",
    "setting",
    "extension",
    "language",
    "publication",
    "publication table",
    "publication schema",
  ] as const),
  ...([
    "subscription",
    "foreign-data wrapper",
    "server",
    "user mapping",
    "event trigger",
    "access method",
  ] as const),
  ...(["cast", "transform", "default privileges", "preset object", "not modelled"] as const),
]);

/**
 * What is compared: the schemas of the policy, without the tables in which a migration tool writes down what it did,
 * unless the tool itself made them on both sides.
 */
export function scopeOf(policy: Policy, replayed: Preset | undefined): Scope {
  const own = replayed?.replay.by === "files" ? [replayed.table, ...replayed.ownTables] : [];
  const known = new Map<string, boolean>();
  const inSchemas = (schema: string): boolean => {
    let answer = known.get(schema);
    if (answer === undefined) {
      answer = policy.schemas.some((glob) => globMatches(glob, schema));
      known.set(schema, answer);
    }
    return answer;
  };
  return {
    includes: (kind, name) => {
      if (WHOLE.has(kind)) return true;
      if (own.length > 0 && own.some((table) => isOf(table, kind, name))) return false;
      return policy.schemas.length === 0 || inSchemas(firstIdentifier(name));
    },
  };
}

/** The table, its columns and constraints, and the index that Flyway makes: `public.t`, `public.t.id`, `public.t_s_idx`. */
function isOf(table: string, kind: Kind, name: string): boolean {
  const rest = name.slice(firstIdentifier(name).length + 1);
  return rest === table || rest.startsWith(`${table}.`) || (kind === "index" && rest === `${table}_s_idx`);
}

/**
 * Throws a UserError when neither side has a schema that the policy names, or any that its globs fit: comparing nothing
 * would find nothing.
 */
export function refuseNoSchema({ schemas }: Pick<Policy, "schemas">, sides: readonly Catalog[]): void {
  const known = new Set(sides.flatMap(({ objects }) => [...(objects.get("schema")?.keys() ?? [])]));
  const idle = schemas.filter((glob) => ![...known].some((schema) => globMatches(glob, schema)));
  // Of several, a pattern may stand for schemas that are still to come; a name that is not there is mistyped.
  if (idle.length < schemas.length && idle.every((glob) => /[*?]/.test(glob))) return;
  if (idle.length === 0) return;
  const names = [...known].sort();
  throw new UserError(`schemas: neither side has a schema that fits ${idle.join(", ")}.`, {
    hint: `What is compared is what fits. There are: ${names.slice(0, 10).join(", ")}${names.length > 10 ? " …" : ""}.`,
    where: { input: "schemas" },
  });
}

/**
 * Throws a UserError when the baseline has nothing of what is compared, and what it lacks is not to fail: an empty file,
 * or migrations that went into another database, would find every schema clean.
 */
export function refuseEmptyBaseline(
  { unexpected }: Pick<Policy, "unexpected">,
  { includes }: Scope,
  expected: Catalog,
): void {
  if (unexpected === "fail") return;
  for (const [kind, named] of expected.objects) {
    if (WHOLE.has(kind) || kind === "schema") continue;
    for (const name of named.keys()) if (includes(kind, name)) return;
  }
  throw new UserError("The baseline holds nothing of what is compared.", {
    hint: `With \`unexpected: ${unexpected}\` every database would pass. Look at what the baseline is made of, or set \`unexpected: fail\`.`,
  });
}

/** How many objects of a catalog are compared. */
export function countObjects({ objects }: Catalog): number {
  let count = 0;
  for (const named of objects.values()) count += named.size;
  return count;
}
