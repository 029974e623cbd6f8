import { ownRelations } from "./relations.ts";
import { commentJoin, commentLine, continued, flag, line, ownerLine, rows, wordLine } from "./sql.ts";

const enabled = (code: string) =>
  wordLine("enabled", code, { D: "no", R: "in replicas only", A: "also in replicas" });
const within = (name: string) => `c.name || '.' || quote_ident(${name})`;

/** The copies that partitions have of a trigger are told by it, and only where they are switched otherwise. */
const switchedCopies = `left join (
  with recursive switched as (
    select g.tgrelid, g.tgenabled, p.oid as origin, p.tgparentid as next
      from pg_trigger g join pg_trigger p on p.oid = g.tgparentid
     where g.tgenabled <> p.tgenabled
    union all
    select switched.tgrelid, switched.tgenabled, p.oid, p.tgparentid
      from switched join pg_trigger p on p.oid = switched.next)
  select origin, string_agg('partition-enabled ' || ${continued("tgrelid::regclass::text")} || ': '
         || case tgenabled when 'D' then 'no' when 'R' then 'in replicas only' when 'A' then 'also in replicas' else 'yes' end,
         E'\\n' order by tgrelid::regclass::text collate "C") as switched
    from switched where next = 0 group by 1) copies on copies.origin = g.oid`;

/** Triggers, rules and row security policies. */
export function tablePartQueries(): readonly string[] {
  const trigger = `case when g.tgconstraint <> 0 then 'CONSTRAINT ' else '' end || 'TRIGGER ' || quote_ident(g.tgname) || ' '`;
  return [
    rows(
      "trigger",
      within("g.tgname"),
      [
        line(
          "definition",
          `case when g.tgconstraint <> 0 then 'constraint ' else '' end
           || substr(pg_get_triggerdef(g.oid), length('CREATE ' || ${trigger}) + 1)`,
        ),
        enabled("g.tgenabled"),
        "copies.switched",
        commentLine(),
      ],
      `${ownRelations("rpvf")} join pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal and g.tgparentid = 0
       ${switchedCopies} ${commentJoin("pg_trigger", "g.oid")}`,
    ),
    rows(
      "rule",
      within("r.rulename"),
      [
        line(
          "definition",
          `substr(pg_get_ruledef(r.oid), length('CREATE RULE ' || quote_ident(r.rulename) || ' AS ') + 1)`,
        ),
        enabled("r.ev_enabled"),
        commentLine(),
      ],
      `${ownRelations("rpvmf")} join pg_rewrite r on r.ev_class = c.oid and r.rulename <> '_RETURN'
       ${commentJoin("pg_rewrite", "r.oid")}`,
    ),
    rows(
      "policy",
      within("p.polname"),
      [
        flag("restrictive", "not p.polpermissive"),
        wordLine("command", "p.polcmd", { r: "select", a: "insert", w: "update", d: "delete" }),
        // 0 stands for PUBLIC, and is then the only one.
        `(select string_agg('role ' || ${continued("quote_ident(pg_get_userbyid(role))")}, E'\\n'
                 order by pg_get_userbyid(role) collate "C") from unnest(p.polroles) role where role <> 0)`,
        line("using", "pg_get_expr(p.polqual, p.polrelid)"),
        line("check", "pg_get_expr(p.polwithcheck, p.polrelid)"),
        commentLine(),
      ],
      `${ownRelations("rp")} join pg_policy p on p.polrelid = c.oid
       ${commentJoin("pg_policy", "p.oid")}`,
    ),
  ];
}

/** Extended statistics. */
export function statisticsQueries(): readonly string[] {
  return [
    rows(
      "statistics",
      `quote_ident(sn.nspname) || '.' || quote_ident(s.stxname)`,
      [
        line("on", "c.name"),
        ownerLine("s.stxowner"),
        line(
          "definition",
          `substr(pg_get_statisticsobjdef(s.oid),
             length('CREATE STATISTICS ' || quote_ident(sn.nspname) || '.' || quote_ident(s.stxname) || ' ') + 1)`,
        ),
        // -1 until PostgreSQL 16, null since.
        line("target", "nullif(s.stxstattarget, -1)"),
        commentLine(),
      ],
      `${ownRelations("rpmf")} join pg_statistic_ext s on s.stxrelid = c.oid join pg_namespace sn on sn.oid = s.stxnamespace
       ${commentJoin("pg_statistic_ext", "s.oid")}`,
    ),
  ];
}
