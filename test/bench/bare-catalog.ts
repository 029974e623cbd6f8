// node bare-catalog.ts <url> <url>: what it costs to ask two databases for their catalogs and to do nothing with the rows.
import { Client } from "pg";

const own = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`;
const relations = `pg_class c join pg_namespace n on n.oid = c.relnamespace`;

/** What every tool that compares schemas has to read, one query for each catalog. */
const QUERIES = [
  `select c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relacl::text, c.reloptions, c.relowner from ${relations} where ${own}`,
  `select c.oid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
          pg_get_expr(d.adbin, d.adrelid), a.attcollation, a.attstorage
     from ${relations} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where ${own} and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
  `select k.oid, k.conname, k.conrelid, k.contype, k.convalidated, pg_get_constraintdef(k.oid) from pg_constraint k join pg_namespace n on n.oid = k.connamespace where ${own}`,
  `select i.indexrelid, i.indrelid, i.indisvalid, pg_get_indexdef(i.indexrelid) from pg_index i join ${relations} on c.oid = i.indexrelid where ${own}`,
  `select c.oid, pg_get_viewdef(c.oid) from ${relations} where ${own} and c.relkind in ('v', 'm')`,
  `select p.oid, p.proname, pg_get_function_arguments(p.oid), p.prosrc, p.proacl::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${own}`,
  `select g.oid, g.tgname, g.tgenabled, pg_get_triggerdef(g.oid) from pg_trigger g join ${relations} on c.oid = g.tgrelid where ${own} and not g.tgisinternal`,
  `select p.oid, p.polname, pg_get_expr(p.polqual, p.polrelid) from pg_policy p`,
  `select s.*, c.relname from pg_sequence s join ${relations} on c.oid = s.seqrelid where ${own}`,
  `select t.oid, t.typname, t.typtype from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${own} and t.typtype in ('e', 'd', 'c', 'r')`,
  `select * from pg_description where objoid >= 16384`,
  `select d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid from pg_depend d where d.deptype = 'e'`,
  `select * from pg_namespace`,
];

async function readAll(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(
    "begin isolation level repeatable read read only; set local search_path = ''; set local jit = off",
  );
  let rows = 0;
  for (const text of QUERIES) rows += (await client.query({ text, rowMode: "array" })).rows.length;
  await client.query("rollback");
  await client.end();
  return rows;
}

const counts = await Promise.all(process.argv.slice(2).map(readAll));
console.log(counts.join(" "));
