import type { Kind } from "../model.ts";

/** SQL for one line of a packed object; null where the expression is null, so that a default takes no space. */
export function line(property: string, expression: string): string {
  return `'${property} ' || ${continued(`(${expression})::text`)}`;
}

/** A text whose line breaks belong to it: even names can have some. */
export function continued(text: string): string {
  return `replace(${text}, E'\\n', E'\\n\\t')`;
}

export function flag(property: string, condition: string): string {
  return `case when ${condition} then '${property} yes' end`;
}

/** A line for each item of an array, sorted by their bytes, or in the order of the array. */
export function eachLine(property: string, array: string, order: "sorted" | "as is" = "sorted"): string {
  const by = order === "sorted" ? `item collate "C"` : "place";
  return `case when ${array} is not null then (
    select string_agg('${property} ' || ${continued("item")}, E'\\n' order by ${by})
      from unnest(${array}) with ordinality as items (item, place)) end`;
}

/** The letter of a code, as a word; no line for letters without one. */
export function wordLine(property: string, code: string, words: Readonly<Record<string, string>>): string {
  const cases = Object.entries(words).map(([letter, word]) => `when '${letter}' then '${property} ${word}'`);
  return `case ${code} ${cases.join(" ")} end`;
}

/** A function with the types of its arguments; no line for none. */
export function routineLine(property: string, oid: string): string {
  return line(property, `nullif((${oid})::oid, 0)::regprocedure::text`);
}

export function ownerLine(owner: string): string {
  return line("owner", roleName(owner));
}

export function roleName(oid: string): string {
  return `quote_ident(pg_get_userbyid(${oid}))`;
}

/** Lines for the privileges beyond what `base` gives, and for those that are missing of it. */
export function accessLines(acl: string, base: string, owner: string): string {
  return `case when ${acl} is not null then (
    select string_agg(${continued("said")}, E'\\n' order by said collate "C")
      from (select case when now.privilege is null then 'revoke ' else 'grant ' end
                   || case coalesce(now.grantee, base.grantee) when 0 then 'PUBLIC' when ${owner} then '<owner>'
                        else ${roleName("coalesce(now.grantee, base.grantee)")} end
                   || ' ' || coalesce(now.privilege, base.privilege)
                   || case when now.grantable then '*' else '' end as said
              from (${exploded(acl)}) now
              full join (${exploded(base)}) base
                on now.grantee = base.grantee and now.privilege = base.privilege
             where now.grantable is distinct from base.grantable) difference) end`;
}

/** {@link accessLines} against what PostgreSQL gives an object of this type (acldefault) by itself. */
export function ownAccessLines(acl: string, type: string, owner: string): string {
  return accessLines(acl, `acldefault('${type}', ${owner})`, owner);
}

// Who granted it does not matter here; the same privilege may have come from several.
function exploded(acl: string): string {
  return `select grantee, privilege_type as privilege, bool_or(is_grantable) as grantable
            from aclexplode(${acl}) group by 1, 2`;
}

export function commentLine(description = "d"): string {
  return line("comment", `${description}.description`);
}

/** Joins the comment of an object. */
export function commentJoin(catalog: string, oid: string, { as = "d", column = "0" } = {}): string {
  return `left join pg_description ${as}
    on ${as}.classoid = '${catalog}'::regclass and ${as}.objoid = ${oid} and ${as}.objsubid = ${column}`;
}

export function qualified(schema: string, name: string): string {
  return `quote_ident(${schema}) || '.' || quote_ident(${name})`;
}

/** Neither of PostgreSQL itself nor temporary: users cannot make schemas that begin with pg_. */
export function ownSchema(name: string): string {
  return `${name} <> 'information_schema' and ${name} !~ '^pg_'`;
}

/** What belongs to an extension is told by the extension's version. */
export function notOfExtension(catalog: string, oid: string): string {
  return `${oid} not in (
    select objid from pg_depend
     where refclassid = 'pg_extension'::regclass and deptype = 'e' and classid = '${catalog}'::regclass)`;
}

/** Objects outside of schemas: PostgreSQL's own have identifiers below 16384 (FirstNormalObjectId in transam.h). */
export function notPreset(oid: string): string {
  return `${oid} >= 16384`;
}

/** A collation where it is not the one that comes with the type. */
export function collationLine(collation: string, expected: string): string {
  return `case when ${collation} <> ${expected} and ${collation} <> 0 then
    'collation ' || (select ${continued("quote_ident(cn.nspname) || '.' || quote_ident(co.collname)")}
                       from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
                      where co.oid = ${collation}) end`;
}

/** The rows of one kind: its name for the snapshot, and the packed properties. */
export function rows(kind: Kind, name: string, lines: readonly string[], from: string): string {
  return `select '${kind}', ${name}, concat_ws(E'\\n', ${lines.join(",\n")}) from ${from}`;
}
