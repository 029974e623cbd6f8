import { afterGroup, splitList, unquoteString } from "./canonical-text.ts";
import type { Kind, Properties } from "./model.ts";

/**
 * The server tells constraints and indexes as one canonical text, and a snapshot keeps it as it is. Here it is taken
 * apart into the properties of the model, which happens only to objects that differ.
 */
export function splitDefinition(kind: Kind, properties: Properties): Properties {
  const definition = properties.get("definition")?.[0];
  const split = splitters[kind];
  if (definition === undefined || split === undefined) return properties;
  const parts = new Map<string, readonly string[]>();
  for (const [property, value] of Object.entries(split(definition))) {
    if (value !== undefined) parts.set(property, typeof value === "string" ? [value] : value);
  }
  for (const [property, values] of properties) if (property !== "definition") parts.set(property, values);
  return parts;
}

type Parts = Readonly<Record<string, string | readonly string[] | undefined>>;

const splitters: Partial<Record<Kind, (definition: string) => Parts>> = {
  "primary key": keyParts,
  "unique constraint": keyParts,
  "exclusion constraint": exclusionParts,
  "check constraint": checkParts,
  "domain constraint": checkParts,
  "foreign key": foreignKeyParts,
  index: indexParts,
};

// As pg_get_constraintdef_worker (ruleutils.c) ends every kind of constraint.
const ENDINGS: readonly (readonly [ending: string, property: string, value: string])[] = [
  [" NOT VALID", "valid", "no"],
  [" NOT ENFORCED", "enforced", "no"],
  [" INITIALLY DEFERRED", "initially-deferred", "yes"],
  [" DEFERRABLE", "deferrable", "yes"],
  [" NO INHERIT", "no-inherit", "yes"],
];

function cutEndings(definition: string): { readonly rest: string; readonly flags: Parts } {
  let rest = definition;
  const flags: Record<string, string> = {};
  for (const [ending, property, value] of ENDINGS) {
    if (!rest.endsWith(ending)) continue;
    rest = rest.slice(0, -ending.length);
    flags[property] = value;
  }
  return { rest, flags };
}

/** `CHECK ((total > 0))` */
function checkParts(definition: string): Parts {
  const { rest, flags } = cutEndings(definition);
  return { expression: rest.slice("CHECK (".length, -1), ...flags };
}

/** `UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c)` */
function keyParts(definition: string): Parts {
  const { rest, flags } = cutEndings(definition);
  const head = /^(?:PRIMARY KEY|UNIQUE)( NULLS NOT DISTINCT)? /.exec(rest);
  const [columns, more] = afterGroup(rest.slice(head?.[0].length ?? 0));
  return {
    columns,
    include: more.startsWith(" INCLUDE ") ? names(afterGroup(more.slice(9))[0]) : undefined,
    "nulls-not-distinct": head?.[1] === undefined ? undefined : "yes",
    ...flags,
  };
}

/** `EXCLUDE USING gist (room WITH =, during WITH &&) WHERE ((NOT cancelled))` */
function exclusionParts(definition: string): Parts {
  const { rest, flags } = cutEndings(definition);
  return { ...indexParts(rest.slice("EXCLUDE USING ".length)), ...flags };
}

/** `FOREIGN KEY (a) REFERENCES public.t(b) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL (a)` */
function foreignKeyParts(definition: string): Parts {
  const { rest, flags } = cutEndings(definition);
  const [columns, target] = afterGroup(rest.slice("FOREIGN KEY ".length));
  const actions =
    /(?: MATCH (\w+))?(?: ON UPDATE (CASCADE|RESTRICT|SET NULL|SET DEFAULT))?(?: ON DELETE (CASCADE|RESTRICT|SET (?:NULL|DEFAULT)(?: \(.*\))?))?$/s.exec(
      target,
    );
  const [, match, update, remove] = actions ?? [];
  return {
    columns,
    references: target.slice(" REFERENCES ".length, actions?.index),
    match: match?.toLowerCase(),
    "on-update": update?.toLowerCase(),
    "on-delete": remove?.replace(/^[A-Z ]+/, (words) => words.toLowerCase()),
    ...flags,
  };
}

/** `btree (lower(email) DESC) INCLUDE (id) NULLS NOT DISTINCT WITH (fillfactor='70') WHERE (id > 0)` */
function indexParts(definition: string): Parts {
  const start = definition.indexOf("(");
  const [columns, behindColumns] = afterGroup(definition.slice(start));
  let rest = behindColumns;
  let include: readonly string[] | undefined;
  let options: readonly string[] | undefined;
  if (rest.startsWith(" INCLUDE ")) {
    const [group, more] = afterGroup(rest.slice(9));
    include = names(group);
    rest = more;
  }
  const distinct = " NULLS NOT DISTINCT";
  const nullsNotDistinct = rest.startsWith(distinct);
  if (nullsNotDistinct) rest = rest.slice(distinct.length);
  if (rest.startsWith(" WITH ")) {
    const [group, more] = afterGroup(rest.slice(6));
    options = names(group).map((option) => {
      const at = option.indexOf("=");
      return `${option.slice(0, at)}=${unquoteString(option.slice(at + 1))}`;
    });
    rest = more;
  }
  return {
    method: definition.slice(0, start - 1),
    columns,
    include,
    "nulls-not-distinct": nullsNotDistinct ? "yes" : undefined,
    predicate: rest.startsWith(" WHERE ") ? rest.slice(" WHERE ".length) : undefined,
    option: options,
  };
}

function names(group: string): readonly string[] {
  return splitList(group.slice(1, -1));
}
