import { ownRelations } from "./relations.ts";
import {
  accessLines,
  collationLine,
  commentJoin,
  commentLine,
  eachLine,
  flag,
  line,
  rows,
  wordLine,
} from "./sql.ts";

const storage = `case when a.attstorage <> t.typstorage then
  ${wordLine("storage", "a.attstorage", { p: "plain", e: "external", m: "main", x: "extended" })} end`;
const compression = wordLine("compression", "a.attcompression", { p: "pglz", l: "lz4" });
// -1 until PostgreSQL 16, null since.
const statistics = line("statistics", "nullif(a.attstattarget, -1)");
const access = accessLines("a.attacl", `acldefault('c', c.relowner)`, "c.relowner");
const defaultText = "pg_get_expr(def.adbin, def.adrelid)";
const options = eachLine("option", "a.attoptions");

const columnName = `c.name || '.' || quote_ident(a.attname)`;
const from = (
  relkinds: string,
) => `${ownRelations(relkinds)} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef def on def.adrelid = a.attrelid and def.adnum = a.attnum
  ${commentJoin("pg_class", "a.attrelid", { column: "a.attnum" })}`;

/** The columns of tables, and what was said of columns of views: the rest of those follows from the definition. */
export function columnQueries(major: number): readonly string[] {
  const notNull = major < 18 ? [] : [notNullLines];
  const notNullJoin =
    major < 18
      ? ""
      : `left join pg_constraint nn on nn.conrelid = a.attrelid and nn.contype = 'n' and nn.conkey[1] = a.attnum`;
  return [
    rows(
      "column",
      columnName,
      [
        line("type", "format_type(a.atttypid, a.atttypmod)"),
        collationLine("a.attcollation", "t.typcollation"),
        flag("not-null", "a.attnotnull"),
        ...notNull,
        line("default", `case when a.attgenerated = '' then ${defaultText} end`),
        line("generated", `case when a.attgenerated <> '' then ${defaultText} end`),
        wordLine("generated-kind", "a.attgenerated", { s: "stored", v: "virtual" }),
        wordLine("identity", "a.attidentity", { a: "always", d: "by default" }),
        storage,
        compression,
        statistics,
        options,
        eachLine("fdw-option", "a.attfdwoptions"),
        access,
        commentLine(),
      ],
      `${from("rpf")} ${notNullJoin}`,
    ),
    `select kind, name, packed from (${rows(
      "view column",
      columnName,
      [
        line("default", defaultText),
        ...[storage, compression, statistics, options].map(
          (each) => `case when c.relkind = 'm' then ${each} end`,
        ),
        access,
        commentLine(),
      ],
      from("vm"),
    )}) of_views (kind, name, packed) where packed <> ''`,
  ];
}

// PostgreSQL names it so by itself, unless the name is taken or too long (ChooseConstraintName).
const usualName = `c.relname || '_' || a.attname || '_not_null'`;
const notNullLines = `${line("not-null-name", `case when nn.conname <> ${usualName} then quote_ident(nn.conname) end`)},
  case when not nn.convalidated then 'not-null-valid no' end,
  ${flag("not-null-no-inherit", "nn.connoinherit")}`;
