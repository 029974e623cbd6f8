import { Client } from "pg";
import type { Chapter, Step } from "../chapter.ts";
import type { Stage } from "../stage.ts";

/** A schema that is what the migrations made, and what became of it by hand. */
export const schemaDrift: Chapter = {
  name: "schema-drift",
  title: "Find what production's schema is, and should not be",
  about:
    "The migrations of the shop say what its schema should be. schema-drift writes that down once, and from then on tells " +
    "every difference: what it is, what it means, and the statement that would bring it back.",
  steps,
};

const SNAPSHOT = "schema.snapshot";

async function* steps(stage: Stage): AsyncGenerator<Step> {
  const { databaseUrl } = stage.shop;
  yield {
    title: "The schema, written down",
    why: "Right after the migrations, the schema becomes a file: sorted text without secrets, to be committed and read in a diff.",
    ...stepFor(stage, { "update-baseline": "true" }),
    expected: { conclusion: "success", outputs: { result: "written" } },
  };
  yield {
    title: "Nothing has drifted",
    why: "The database is read in one transaction that writes nothing, and is what the file says.",
    ...stepFor(stage),
    expected: { conclusion: "success", outputs: { result: "clean", drift: "false" } },
  };
  await byHand(databaseUrl, [
    "drop index orders_customer",
    "alter table orders drop constraint orders_product_id_fkey",
    "alter table orders alter column ordered_at drop default",
    "comment on table products is 'See the wiki'",
  ]);
  yield {
    title: "Friday night, by hand",
    why:
      "Somebody dropped an index that was in the way, a foreign key with it, and a default that nobody needs. The shop " +
      "runs as before. Each difference is one finding, with its severity; the comment is a minor one, and fails nothing.",
    ...stepFor(stage),
    expected: {
      conclusion: "failure",
      because: [
        /^foreign key public\.orders\.orders_product_id_fkey: is missing/,
        /^column public\.orders\.ordered_at: default should be now\(\) and is none/,
        /^index public\.orders_customer: is missing/,
      ],
    },
  };
  await byHand(databaseUrl, [
    "create index orders_customer on orders (customer)",
    "alter table orders add constraint orders_product_id_fkey foreign key (product_id) references products (id)",
    "alter table orders alter column ordered_at set default now()",
    "comment on table products is null",
  ]);
  yield {
    title: "Brought back",
    why: "The statements of the report have been reviewed and run. The database is what it should be again.",
    ...stepFor(stage),
    expected: { conclusion: "success", outputs: { result: "clean", drift: "false" } },
  };
}

async function byHand(databaseUrl: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function stepFor(
  { shop }: Stage,
  inputs: Readonly<Record<string, string>> = {},
): Pick<Step, "action" | "with" | "env" | "secrets"> {
  return {
    action: "schema-drift",
    with: { "database-url": shop.databaseUrl, "baseline-file": SNAPSHOT, ...inputs },
    env: {},
    secrets: { DATABASE_URL: shop.databaseUrl },
  };
}
