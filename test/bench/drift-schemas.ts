/** SQL for a schema of so many tables: 8 columns, a primary key, 2 indexes, a foreign key and a check each. */
export function manyTables(count: number): string {
  return `
create function touch() returns trigger language plpgsql as 'begin return new; end';
do $do$ begin
  for n in 1..${count} loop
    execute format($sql$
      create table t%1$s (
        id bigint generated always as identity primary key, parent bigint, name varchar(80) not null default 'none',
        price numeric(10,2) not null, state text, at timestamptz not null default now(), note text, data jsonb,
        constraint t%1$s_price check (price >= 0 and state <> ''));
      create index t%1$s_name on t%1$s (lower(name));
      create unique index t%1$s_note on t%1$s (note) where note is not null;
      alter table t%1$s add constraint t%1$s_parent foreign key (parent) references t%2$s on delete cascade;
    $sql$, n, greatest(n - 1, 1));
  end loop;
end $do$;`;
}

/** Twenty differences, each of another object, of a schema of so many tables. */
export const twentyDifferences = (count: number): readonly string[] => [
  "drop index t1_name",
  "alter table t2 drop constraint t2_parent",
  "alter table t3 alter price type numeric(8,2)",
  "alter table t4 alter name drop default",
  "alter table t5 alter name drop not null",
  "alter table t6 add extra text",
  "alter table t7 drop data",
  // The last one: nothing refers to it, whose reference would no longer be enforced either.
  `alter table t${count} disable trigger all`,
  "alter table t9 drop constraint t9_price, add constraint t9_price check (price > 0)",
  "create table hotfix (id int primary key, note text)",
  "comment on table t11 is 'changed by hand'",
  "grant select on t12 to public",
  "alter table t13 enable row level security",
  "create trigger touched before update on t14 for each row execute function touch()",
  "alter table t15 set (autovacuum_enabled = off)",
  "drop index t16_note; create unique index t16_note on t16 (note)",
  "alter table t17 rename constraint t17_price to t17_positive",
  "alter function touch() security definer",
  "alter sequence t19_id_seq increment 10",
  "create view hot as select id from t20",
];
