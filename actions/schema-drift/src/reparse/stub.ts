import type { CatalogObject } from "../../../../shared/postgres/catalog/model.ts";
import { lastIdentifier, withoutLastIdentifier } from "../../../../shared/postgres/catalog/packed.ts";

/** What a stub is made of, beside the object itself. */
export type Parts = {
  /** The columns of a table or the attributes of a composite type, in any order. */
  readonly columns: readonly CatalogObject[];
  readonly primaryKey: CatalogObject | undefined;
};

const one = ({ properties }: CatalogObject, property: string): string | undefined =>
  properties.get(property)?.[0];

/**
 * SQL that makes something of the same name and type as an object, so that an expression which refers to it can be parsed.
 * It does nothing, holds nothing and checks nothing. Undefined for kinds that no expression refers to.
 */
export function stubOf(object: CatalogObject, { columns, primaryKey }: Parts): string | undefined {
  const { name } = object;
  switch (object.kind) {
    case "table":
    case "foreign table": {
      const key = primaryKey === undefined ? [] : [`primary key ${one(primaryKey, "columns") ?? ""}`];
      return `create table ${name} (${[...columns.map(columnOf), ...key].join(", ")})`;
    }
    case "view":
    case "materialized view":
      return `create table ${name} (${one(object, "columns") ?? ""})`;
    case "sequence":
      return `create sequence ${name}`;
    case "function":
      return routine(object, "function", `returns ${one(object, "result") ?? "void"}`);
    case "procedure":
      return routine(object, "procedure", "");
    case "aggregate":
      return aggregate(object);
    case "enum":
      return `create type ${name} as enum (${(object.properties.get("label") ?? []).join(", ")})`;
    case "domain":
      return `create domain ${name} as ${one(object, "type")}${collate(object)}`;
    case "composite type":
      return `create type ${name} as (${columns.map(columnOf).join(", ")})`;
    case "range":
      return `create type ${name} as range (subtype = ${one(object, "subtype")}${multirange(object)})`;
    case "collation":
      return `create collation ${name} from "C"`;
    case "text search configuration":
      return `create text search configuration ${name} (parser = pg_catalog."default")`;
    case "text search dictionary":
      return `create text search dictionary ${name} (template = pg_catalog.simple)`;
    default:
      return undefined;
  }
}

function columnOf(column: CatalogObject): string {
  return `${lastIdentifier(column.name)} ${one(column, "type")}${collate(column)}`;
}

function collate(object: CatalogObject): string {
  const collation = one(object, "collation");
  return collation === undefined ? "" : ` collate ${collation}`;
}

function multirange(object: CatalogObject): string {
  const name = one(object, "multirange");
  return name === undefined ? "" : `, multirange_type_name = ${name}`;
}

/** Without a body; what calls it must find its volatility, since an index wants it immutable. */
function routine(object: CatalogObject, word: string, returns: string): string {
  const name = object.name.slice(0, object.name.indexOf("(", withoutArguments(object.name).length));
  const volatility = word === "procedure" ? "" : (one(object, "volatility") ?? "volatile");
  return `create ${word} ${name}(${one(object, "arguments") ?? ""}) ${returns} language plpgsql ${volatility} as ''`;
}

function aggregate(object: CatalogObject): string {
  const name = withoutArguments(object.name);
  const result = one(object, "result") ?? "text";
  const types = object.name.slice(name.length + 1, -1);
  const step = `${withoutLastIdentifier(name)}.schema_drift_step_of_${lastIdentifier(name).replace(/\W/g, "_")}`;
  const given = types === "" ? "*" : types;
  const taken = types === "" ? result : `${result}, ${types}`;
  return [
    `create function ${step}(${taken}) returns ${result} language plpgsql as ''`,
    `create aggregate ${name}(${given}) (sfunc = ${step}, stype = ${result})`,
  ].join("; ");
}

/** `public.total` of `public.total(integer)`; a quoted name may have parentheses of its own. */
export function withoutArguments(name: string): string {
  return /^(?:"(?:[^"]|"")*"|[^"(])*/.exec(name)?.[0] ?? name;
}
