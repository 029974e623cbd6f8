/** Statements for a database with all that a backup could miss. */
export const CONTENT = `
  create extension if not exists plpgsql;
  create schema "odd schema";
  create type mood as enum ('fine', 'not fine');
  create table "odd schema"."naïve ""tab;le" (id int generated always as identity primary key, "co""l" text, m mood default 'fine');
  insert into "odd schema"."naïve ""tab;le" ("co""l") select E'tab\\t line\\n back\\\\slash \\\\. ' || i from generate_series(1, 1000) i;
  create table nothing_in_it (id int);
  create table "costs $& $$ $1" (id int);
  insert into "costs $& $$ $1" values (1);
  create table no_columns ();
  insert into no_columns default values;
  create table parent (id int, at date) partition by range (at);
  create table child_1 partition of parent for values from ('2026-01-01') to ('2026-07-01');
  create table child_2 partition of parent for values from ('2026-07-01') to ('2027-01-01');
  insert into parent select i, date '2026-01-01' + i from generate_series(1, 300) i;
  create table base (id int); create table heir (extra text) inherits (base);
  insert into base values (1), (2); insert into heir values (3, 'x');
  create table later_heir (extra text, id int); alter table later_heir inherit base;
  insert into later_heir values ('its own column comes first', 4);
  create unlogged table fleeting (id int); insert into fleeting values (1);
  create table kinds (a float8, b numeric, c timestamptz, d bytea, e jsonb, f interval, g int[], h money);
  insert into kinds values (0.1, 1e100, now(), '\\x00ff', '{"a": [1, null]}', '1 mon 2 days', '{1,2,null}', 3.5);
  create table referrer (id int primary key, kinds_of text);
  create function misleading() returns text language sql as $f$
select 'x';
-- COPY public.nothing_in_it (id) FROM stdin;
select '1
COPY public.nothing_in_it (id) FROM stdin;
1
\\.
'
$f$;
  comment on table nothing_in_it is E'COPY public.base (id) FROM stdin;\\n\\\\.\\n';
  create view seen as select * from base;
  create materialized view kept as select count(*) as n from base;
  create sequence counter start 41; select nextval('counter'); select nextval('counter');
  create sequence never_used;
  select lo_from_bytea(0, decode(repeat('ab', 300000), 'hex')), lo_from_bytea(0, '');
  create role "app owner"; create role reader;
  alter table base owner to "app owner"; grant select on parent to reader;
  create policy only_mine on referrer to reader using (id = 1);
  alter table referrer enable row level security;
  alter default privileges in schema public grant select on tables to reader;
`;
