import type { Difference } from "../../../../shared/postgres/catalog/difference.ts";
import { withoutArguments } from "../reparse/stub.ts";
import { one } from "./words.ts";

/** The whole definition of a function or procedure, as it should be. */
export function routineStatement({ kind, name, expected }: Difference): string {
  const get = (property: string): string | undefined => one(expected, property);
  const lines = [
    `CREATE OR REPLACE ${kind.toUpperCase()} ${withoutArguments(name)}(${get("arguments") ?? ""})`,
    ...(kind === "function" ? [`RETURNS ${get("result") ?? "void"}`] : []),
    ...(expected?.get("transform") ?? []).map((type) => `TRANSFORM FOR TYPE ${type}`),
    `LANGUAGE ${get("language") ?? "sql"}`,
    ...["volatility", "parallel"].flatMap((property) => {
      const value = get(property);
      return value === undefined
        ? []
        : [`${property === "parallel" ? "PARALLEL " : ""}${value.toUpperCase()}`];
    }),
    ...(get("window") === undefined ? [] : ["WINDOW"]),
    ...(get("strict") === undefined ? [] : ["STRICT"]),
    ...(get("security-definer") === undefined ? [] : ["SECURITY DEFINER"]),
    ...(get("leakproof") === undefined ? [] : ["LEAKPROOF"]),
    ...(get("cost") === undefined ? [] : [`COST ${get("cost")}`]),
    ...(get("rows") === undefined ? [] : [`ROWS ${get("rows")}`]),
    ...(expected?.get("setting") ?? []).map(settingClause),
  ];
  const body = get("sql-body");
  if (body !== undefined) return `${[...lines, body].join("\n")};`;
  const text = get("body") ?? "";
  const library = get("library");
  const source =
    library === undefined
      ? quotedBody(text)
      : `'${library.replaceAll("'", "''")}', '${text.replaceAll("'", "''")}'`;
  return `${lines.join("\n")}\nAS ${source};`;
}

/** In dollar quotes whose tag the text does not have. */
function quotedBody(text: string): string {
  let tag = "$body$";
  for (let number = 1; text.includes(tag); number++) tag = `$body${number}$`;
  return `${tag}${text}${tag}`;
}

/** `search_path=pg_catalog, public`: lists stand as they are in the catalog, other values as constants. */
function settingClause(setting: string): string {
  const at = setting.indexOf("=");
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
  return `SET ${name} TO ${/^search_path$/.test(name) ? value || "''" : `'${value.replaceAll("'", "''")}'`}`;
}
