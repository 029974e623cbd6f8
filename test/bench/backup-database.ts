import { type Postgres, startPostgres } from "../support/postgres.ts";

export const BENCH_MAJOR = 15;

/** Of pgbench: 100,000 accounts each. With this many, and its share of documents, a database has 2.2 GB. */
export const WHOLE_SCALE = 130;

/** What a server has that is not tuned for this: enough that a restore does not wait for checkpoints. */
const SETTINGS = ["shared_buffers = 256MB", "max_wal_size = 4GB", "autovacuum = off"];

const INDEXES = `
  alter table pgbench_branches add primary key (bid);
  alter table pgbench_tellers add primary key (tid);
  alter table pgbench_accounts add primary key (aid);
  alter table docs add primary key (id);
  create index on docs using gin (meta);
`;

export async function startBenchServer(): Promise<Postgres> {
  return startPostgres({ major: BENCH_MAJOR, config: SETTINGS });
}

/**
 * Fills a database with what `pgbench -i` makes, and with documents: text and JSON of words that come again and again, as
 * people's do, which zstd brings to a good third. The values are the same at every run.
 */
export async function fillBenchDatabase(
  server: Postgres,
  scale: number,
  { indexes = true } = {},
): Promise<void> {
  const documents = Math.round((330_000 / WHOLE_SCALE) * scale);
  await server.query(`
    create table pgbench_branches (bid int not null, bbalance int, filler char(88)) with (fillfactor = 100);
    create table pgbench_tellers (tid int not null, bid int, tbalance int, filler char(84)) with (fillfactor = 100);
    create table pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    create table pgbench_accounts (aid int not null, bid int, abalance int, filler char(84)) with (fillfactor = 100);
    insert into pgbench_branches select i, 0 from generate_series(1, ${scale}) i;
    insert into pgbench_tellers select i, (i - 1) / 10 + 1, 0 from generate_series(1, ${scale * 10}) i;
    insert into pgbench_accounts
      select i, (i - 1) / 100000 + 1, 0, '' from generate_series(1, ${scale * 100_000}) i;
    create function word(n int) returns text language sql immutable as
      $$ select substr(md5((hashint4(n) & 4095)::text), 1, 3 + (hashint4(n) & 7)) $$;
    create table docs (id int not null, body text, meta jsonb);
    insert into docs
      select i, string_agg(word(i * 61 + j), ' '),
             jsonb_build_object('author', word(i % 997), 'title', word(i) || ' ' || word(i + 1), 'revision', i % 17,
               'tags', jsonb_build_array(word(i % 89), word(i % 101)), 'published', i % 3 = 0,
               'created', timestamp '2020-01-01' + i * interval '7 minutes', 'size', hashint4(i))
        from generate_series(1, ${documents}) i, generate_series(1, 54) j group by i order by i;
    drop function word;
    ${indexes ? INDEXES : ""}
  `);
  // As pgbench does it, and autovacuum where people work; not within the transaction that those statements are.
  await server.query("vacuum analyze");
  await server.query("checkpoint");
}
