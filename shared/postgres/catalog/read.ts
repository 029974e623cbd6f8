import { type Client, Query, type QueryArrayConfig } from "pg";
import { serverVersion } from "../server-version.ts";
import { type Catalog, type Kind, kindModel, kindNames } from "./model.ts";
import { catalogQueries } from "./queries/queries.ts";
import { redactPacked } from "./redaction.ts";
import { beginSql, type SessionLimits } from "./session.ts";

type Row = readonly [kind: Kind, name: string, packed: string];

/** Objects that are dropped while they are read make the server's functions fail, since those see the newest state. */
const ATTEMPTS = 3;

/**
 * Reads the whole schema of the connected database in one read-only transaction that sees one state. A role that may
 * connect is enough. Secrets in options, settings and connection strings are redacted. Rejects as a query does.
 */
export async function readCatalog(client: Pick<Client, "query">, limits: SessionLimits): Promise<Catalog> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(client, limits);
    } catch (error) {
      await client.query("rollback").catch(() => undefined);
      if (attempt === ATTEMPTS || !isVanished(error)) throw error;
    }
  }
}

async function readOnce(client: Pick<Client, "query">, limits: SessionLimits): Promise<Catalog> {
  await client.query(beginSql(limits));
  const server = await serverVersion(client);
  const superuser = await isSuperuser(client);
  const objects = new Map<Kind, Map<string, string>>();
  await eachRow(client, catalogQueries({ major: server.major, superuser }), ([kind, name, packed]) => {
    let named = objects.get(kind);
    if (named === undefined) {
      named = new Map();
      objects.set(kind, named);
    }
    named.set(name, redactPacked(kind, name, packed));
  });
  await client.query("commit");
  return { server, objects, unreadable: superuser ? new Set() : hiddenProperties(objects) };
}

async function isSuperuser(client: Pick<Client, "query">): Promise<boolean> {
  const { rows } = await client.query<{ readonly superuser: boolean }>(
    "select current_setting('is_superuser') = 'on' as superuser",
  );
  return rows[0]?.superuser === true;
}

/** Sends all queries at once, so that a long way to the server is gone only once, and keeps no row. */
function eachRow(
  client: Pick<Client, "query">,
  queries: readonly string[],
  take: (row: Row) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const config: QueryArrayConfig = { text: queries.join(";\n"), rowMode: "array" };
    const query = new Query<Row>(config);
    query.on("row", take as never);
    query.on("end", () => resolve());
    query.on("error", reject);
    client.query(query);
  });
}

function hiddenProperties(objects: ReadonlyMap<Kind, unknown>): ReadonlySet<string> {
  const hidden = new Set<string>();
  for (const kind of kindNames) {
    if (!objects.has(kind)) continue;
    for (const [property, { readableBy }] of Object.entries(kindModel(kind).properties)) {
      if (readableBy !== undefined) hidden.add(`${kind}.${property}`);
    }
  }
  return hidden;
}

function isVanished(error: unknown): boolean {
  return error instanceof Error && /cache lookup failed|could not open relation with OID/.test(error.message);
}
