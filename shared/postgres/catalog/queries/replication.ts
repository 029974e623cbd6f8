import { commentJoin, commentLine, continued, flag, line, ownerLine, rows, wordLine } from "./sql.ts";

/** Publications with their tables and schemas, and the subscriptions of this database. */
export function replicationQueries(major: number, superuser: boolean): readonly string[] {
  return [
    rows(
      "publication",
      "quote_ident(p.pubname)",
      [
        ownerLine("p.pubowner"),
        flag("all-tables", "p.puballtables"),
        ...["insert", "update", "delete", "truncate"].map(
          (operation) => `case when p.pub${operation} then 'operation ${operation}' end`,
        ),
        flag("via-root", "p.pubviaroot"),
        ...(major < 18 ? [] : [wordLine("generated-columns", "p.pubgencols", { s: "stored" })]),
        commentLine(),
      ],
      `pg_publication p ${commentJoin("pg_publication", "p.oid")}`,
    ),
    rows(
      "publication table",
      `quote_ident(p.pubname) || ' ' || r.prrelid::regclass`,
      [
        line("publication", "quote_ident(p.pubname)"),
        ...(major < 15
          ? []
          : [
              line("filter", "pg_get_expr(r.prqual, r.prrelid)"),
              `case when r.prattrs is not null then (
                select string_agg('columns ' || ${continued("quote_ident(a.attname)")}, E'\\n' order by a.attname collate "C")
                  from pg_attribute a where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)) end`,
            ]),
      ],
      `pg_publication_rel r join pg_publication p on p.oid = r.prpubid`,
    ),
    ...(major < 15
      ? []
      : [
          rows(
            "publication schema",
            "quote_ident(p.pubname) || ' ' || quote_ident(n.nspname)",
            [line("publication", "quote_ident(p.pubname)")],
            `pg_publication_namespace s join pg_publication p on p.oid = s.pnpubid
             join pg_namespace n on n.oid = s.pnnspid`,
          ),
        ]),
    subscriptions(major, superuser),
  ];
}

// The catalog is the cluster's, and its connection strings are for superusers only.
const subscriptions = (major: number, superuser: boolean) =>
  rows(
    "subscription",
    "quote_ident(s.subname)",
    [
      ownerLine("s.subowner"),
      ...(superuser ? [line("connection", "s.subconninfo")] : []),
      "case when not s.subenabled then 'enabled no' end",
      `(select string_agg('publication ' || ${continued("quote_ident(p)")}, E'\\n' order by p collate "C") from unnest(s.subpublications) p)`,
      line("slot", "s.subslotname::text"),
      line("synchronous-commit", "case when s.subsynccommit <> 'off' then s.subsynccommit end"),
      flag("binary", "s.subbinary"),
      // A boolean before PostgreSQL 16.
      wordLine("streaming", "s.substream::text", { t: "on", true: "on", p: "parallel" }),
      ...(major < 15
        ? []
        : [flag("two-phase", "s.subtwophasestate <> 'd'"), flag("disable-on-error", "s.subdisableonerr")]),
      ...(major < 16
        ? []
        : [
            "case when not s.subpasswordrequired then 'password-required no' end",
            flag("run-as-owner", "s.subrunasowner"),
            line("origin", "case when s.suborigin <> 'any' then s.suborigin end"),
          ]),
      ...(major < 17 ? [] : [flag("failover", "s.subfailover")]),
      commentLine(),
    ],
    `pg_subscription s ${commentJoin("pg_subscription", "s.oid")} where s.subdbid = (select oid from pg_database where datname = current_database())`,
  );
