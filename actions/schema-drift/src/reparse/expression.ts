import type { Kind, Properties } from "../../../../shared/postgres/catalog/model.ts";
import {
  firstIdentifier,
  lastIdentifier,
  withoutLastIdentifier,
} from "../../../../shared/postgres/catalog/packed.ts";
import { quoteLiteral } from "../../../../shared/postgres/sql.ts";
import { withoutArguments } from "./stub.ts";

/** How the server is made to write an expression anew. */
export type Question = {
  /** Text with the names of all that must be there. */
  readonly mentions: string;
  readonly ddl: string;
  /** Gives one text, in the form in which the catalog has it. */
  readonly query: string;
};

type Asked = { readonly name: string; readonly properties: Properties; readonly text: string };

const NAME = "schema_drift_again";

/** Which part of the packed object the question is about: `definition` stands for all that it is split into. */
export function questionFor(kind: Kind, property: string, asked: Asked): Question | undefined {
  const ask = questions[kind]?.[property];
  return ask === undefined ? undefined : ask(asked);
}

/** The kinds that keep all their expressions in one text. */
export const WHOLE_DEFINITION: ReadonlySet<Kind> = new Set([
  "exclusion constraint",
  "check constraint",
  "domain constraint",
  "index",
]);

type Ask = (asked: Asked) => Question;

/** A statement that adds something to a table, and the query for what was added. */
const onTable =
  (ddl: (table: string, asked: Asked) => string, query: (oid: string) => string): Ask =>
  (asked) => {
    const table = withoutLastIdentifier(asked.name);
    return {
      mentions: `${table} ${asked.text}`,
      ddl: ddl(table, asked),
      query: query(`${quoteLiteral(table)}::pg_catalog.regclass`),
    };
  };

const constraint = onTable(
  (table, { text }) => `alter table ${table} add constraint ${NAME} ${text}`,
  (oid) =>
    `select pg_catalog.pg_get_constraintdef(oid) from pg_catalog.pg_constraint where conrelid = ${oid} and conname = '${NAME}'`,
);

const added = "attrelid = adrelid and attnum = adnum";
const columnText = (column: string, oid: string): string =>
  `select pg_catalog.pg_get_expr(adbin, adrelid) from pg_catalog.pg_attrdef, pg_catalog.pg_attribute
    where ${added} and attrelid = ${oid} and attname = ${quoteLiteral(column)}`;

const policyText = (column: string) =>
  onTable(
    (table, { text }) =>
      column === "polqual"
        ? `create policy ${NAME} on ${table} using (${text})`
        : `create policy ${NAME} on ${table} with check (${text})`,
    (oid) =>
      `select pg_catalog.pg_get_expr(${column}, polrelid) from pg_catalog.pg_policy where polrelid = ${oid} and polname = '${NAME}'`,
  );

const view: Ask = ({ text }) => ({
  mentions: text,
  ddl: `create temporary view ${NAME} as ${text.replace(/;\s*$/, "")}`,
  query: `select pg_catalog.pg_get_viewdef('pg_temp.${NAME}'::pg_catalog.regclass)`,
});

/** A function in the temporary schema; its own types and what it calls are named in full. */
const routine =
  (word: "function" | "procedure", get: string): Ask =>
  ({ properties, text, name }) => {
    const args = properties.get("arguments")?.[0] ?? "";
    const result = word === "function" ? `returns ${properties.get("result")?.[0] ?? "void"}` : "";
    const body = get === "pg_get_function_sqlbody" ? text : "as ''";
    const language = get === "pg_get_function_sqlbody" ? "sql" : "plpgsql";
    return {
      mentions: `${withoutArguments(name)} ${args} ${result} ${text}`,
      ddl: `create ${word} pg_temp.${NAME}(${get === "pg_get_function_sqlbody" ? args : text}) ${result} language ${language} ${body}`,
      query: `select pg_catalog.${get}(oid) from pg_catalog.pg_proc
        where proname = '${NAME}' and pronamespace = pg_catalog.pg_my_temp_schema()`,
    };
  };

const partitionKey: Ask = ({ name, text }) => ({
  mentions: `${name} ${text}`,
  ddl: `create table ${firstIdentifier(name)}.${NAME} (like ${name}) partition by ${text}`,
  query: `select pg_catalog.pg_get_partkeydef(${quoteLiteral(`${firstIdentifier(name)}.${NAME}`)}::pg_catalog.regclass)`,
});

const index: Ask = ({ properties, text }) => {
  const table = properties.get("on")?.[0] ?? "";
  const unique = properties.has("unique") ? "unique " : "";
  return {
    mentions: `${table} ${text}`,
    ddl: `create ${unique}index ${NAME} on ${table} using ${text}`,
    // What stands before is the index's own head, told elsewhere.
    query: `select pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(indexrelid),
        '^CREATE (UNIQUE )?INDEX ${NAME} ON (ONLY )?' || pg_catalog.regexp_replace(${quoteLiteral(table)}, '([^a-zA-Z0-9_])', '\\\\\\1', 'g') || ' USING ', '')
      from pg_catalog.pg_index join pg_catalog.pg_class on pg_class.oid = indexrelid
     where indrelid = ${quoteLiteral(table)}::pg_catalog.regclass and relname = '${NAME}'`,
  };
};

const trigger: Ask = (asked) => {
  const table = withoutLastIdentifier(asked.name);
  const text = asked.text.replace(/^constraint /, "");
  const word = text === asked.text ? "" : "constraint ";
  return {
    mentions: `${table} ${text}`,
    ddl: `create ${word}trigger ${NAME} ${text}`,
    query: `select ${quoteLiteral(word)} || pg_catalog.regexp_replace(pg_catalog.pg_get_triggerdef(oid), '^CREATE (CONSTRAINT )?TRIGGER ${NAME} ', '')
      from pg_catalog.pg_trigger where tgrelid = ${quoteLiteral(table)}::pg_catalog.regclass and tgname = '${NAME}'`,
  };
};

const questions: Partial<Record<Kind, Readonly<Record<string, Ask>>>> = {
  "check constraint": { definition: constraint },
  "exclusion constraint": { definition: constraint },
  "domain constraint": {
    definition: ({ name, text }) => {
      const domain = withoutLastIdentifier(name);
      return {
        mentions: `${domain} ${text}`,
        ddl: `alter domain ${domain} add constraint ${NAME} ${text}`,
        query: `select pg_catalog.pg_get_constraintdef(oid) from pg_catalog.pg_constraint
          where contypid = ${quoteLiteral(domain)}::pg_catalog.regtype and conname = '${NAME}'`,
      };
    },
  },
  index: { definition: index },
  column: {
    default: (asked) => {
      const [table, column] = [withoutLastIdentifier(asked.name), lastIdentifier(asked.name)];
      return {
        mentions: `${table} ${asked.text}`,
        ddl: `alter table ${table} alter column ${column} set default ${asked.text}`,
        query: columnText(unquoted(column), `${quoteLiteral(table)}::pg_catalog.regclass`),
      };
    },
    generated: onTable(
      (table, { text, properties }) =>
        `alter table ${table} add column ${NAME} ${properties.get("type")?.[0] ?? "text"} generated always as (${text}) stored`,
      (oid) => columnText(NAME, oid),
    ),
  },
  table: { "partition-key": partitionKey },
  policy: { using: policyText("polqual"), check: policyText("polwithcheck") },
  trigger: { definition: trigger },
  rule: {
    definition: onTable(
      (_table, { text }) => `create rule ${NAME} as ${text}`,
      (oid) =>
        `select pg_catalog.regexp_replace(pg_catalog.pg_get_ruledef(oid), '^CREATE RULE ${NAME} AS ', '')
          from pg_catalog.pg_rewrite where ev_class = ${oid} and rulename = '${NAME}'`,
    ),
  },
  view: { definition: view },
  "materialized view": { definition: view },
  function: {
    arguments: routine("function", "pg_get_function_arguments"),
    "sql-body": routine("function", "pg_get_function_sqlbody"),
  },
  procedure: {
    arguments: routine("procedure", "pg_get_function_arguments"),
    "sql-body": routine("procedure", "pg_get_function_sqlbody"),
  },
  domain: {
    default: ({ properties, text }) => ({
      mentions: `${properties.get("type")?.[0] ?? ""} ${text}`,
      ddl: `create domain pg_temp.${NAME} as ${properties.get("type")?.[0] ?? "text"} default ${text}`,
      query: `select coalesce(pg_catalog.pg_get_expr(typdefaultbin, 0), pg_catalog.quote_literal(typdefault))
        from pg_catalog.pg_type where typname = '${NAME}' and typnamespace = pg_catalog.pg_my_temp_schema()`,
    }),
  },
  statistics: {
    definition: ({ properties, text, name }) => ({
      mentions: `${properties.get("on")?.[0] ?? ""} ${text}`,
      ddl: `create statistics ${firstIdentifier(name)}.${NAME} ${text}`,
      query: `select pg_catalog.regexp_replace(pg_catalog.pg_get_statisticsobjdef(oid), '^CREATE STATISTICS .*${NAME} ', '')
        from pg_catalog.pg_statistic_ext where stxname = '${NAME}'`,
    }),
  },
  "publication table": {
    filter: ({ name, text }) => {
      const table = name.slice(name.search(/ (?=[^ ]*$)|(?<=") /) + 1);
      return {
        mentions: `${table} ${text}`,
        ddl: `create publication ${NAME} for table ${table} where (${text})`,
        query: `select pg_catalog.pg_get_expr(prqual, prrelid) from pg_catalog.pg_publication_rel
          where prpubid = (select oid from pg_catalog.pg_publication where pubname = '${NAME}')`,
      };
    },
  },
};

/** The identifier itself, without the quotes that SQL may need around it. */
function unquoted(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}
