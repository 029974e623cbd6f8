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

/**
 * SQL for a schema as tangled as that of a library system that has grown for twenty years: 509 tables, 839 foreign keys
 * (each table names up to two others), 1,200 indexes with those of the primary keys, 594 functions, and 137 views, each
 * over the two before it, so that whoever follows what depends on what walks the same ways over and over.
 */
export const TANGLED = `
do $do$ begin
  for n in 1..509 loop
    execute format($sql$
      create table t%1$s (id bigint generated always as identity primary key, one bigint, two bigint,
        name text not null default 'none', at timestamptz not null default now(), price numeric(10,2));
      create index t%1$s_name on t%1$s (lower(name));
      alter table t%1$s add constraint t%1$s_one foreign key (one) references t%2$s;
    $sql$, n, greatest(n - 1, 1));
    if n <= 330 then
      execute format('alter table t%1$s add constraint t%1$s_two foreign key (two) references t%2$s', n, n / 2 + 1);
    end if;
    if n <= 182 then
      execute format('create index t%1$s_two on t%1$s (two, at) where price > 0', n);
    end if;
  end loop;
  for n in 1..594 loop
    execute format('create function f%1$s(a bigint, b text default %2$L) returns text language plpgsql stable as %3$L',
      n, 'x' || n, 'begin return b || a; end');
  end loop;
  create view v1 as select id, name, at from t1;
  create view v2 as select id, name, at from t2;
  for n in 3..137 loop
    execute format('create view v%1$s as select a.id, f%1$s(b.id, a.name) as name, t.at
      from v%2$s a join v%3$s b on b.id = a.id left join t%1$s t on t.one = b.id', n, n - 1, n - 2);
  end loop;
end $do$;`;

/** Differences of the tangled schema, also of texts that a scratch server has to parse. */
export const TANGLED_DIFFERENCES: readonly string[] = [
  "drop index t7_name",
  "alter table t8 drop constraint t8_two",
  "alter function f9 volatile",
  "drop view v137; create view v137 as select id, name, now() as at from v136",
];

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
