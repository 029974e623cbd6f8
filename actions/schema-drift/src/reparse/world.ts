import type { Catalog, CatalogObject, Kind } from "../../../../shared/postgres/catalog/model.ts";
import { unpack, withoutLastIdentifier } from "../../../../shared/postgres/catalog/packed.ts";
import type { PostgresClient } from "../../../../shared/postgres/connect.ts";
import { isServerError } from "../../../../shared/postgres/failure.ts";
import { type Parts, stubOf, withoutArguments } from "./stub.ts";

/** What SQL gave: a text, or why the server would not have it. */
export type Answer = { readonly text: string } | { readonly refused: string };

const QUALIFIED =
  /(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(?:\.(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*))+/gu;

/** Kinds that an expression can name. */
const NAMED: readonly Kind[] = [
  ...(["table", "view", "materialized view", "foreign table", "sequence"] as const),
  ...(["enum", "domain", "composite type", "range"] as const),
  ...(["collation", "text search configuration", "text search dictionary"] as const),
];

const ROUTINES: readonly Kind[] = ["function", "procedure", "aggregate"];

/**
 * One side's schema in a scratch database, as far as expressions need it: whatever an expression names is made there as a
 * stub before it is parsed. All of it happens in a transaction that is rolled back. In a database that has the whole schema
 * already (`whole`), nothing is made.
 */
export class World {
  readonly #client: PostgresClient;
  readonly #catalog: Catalog;
  readonly #whole: boolean;
  readonly #made = new Set<string>();
  #routines: ReadonlyMap<string, readonly (readonly [Kind, string])[]> | undefined;
  #extended = false;

  constructor(client: PostgresClient, catalog: Catalog, whole: boolean) {
    this.#client = client;
    this.#catalog = catalog;
    this.#whole = whole;
  }

  /** Runs DDL and then a query for one text, and undoes both; makes first what `mentions` names. */
  async ask(mentions: string, ddl: string, query: string): Promise<Answer> {
    await this.#makeAll(mentions);
    const answer = await this.#try(ddl, query);
    if ("text" in answer || this.#whole || this.#extended) return answer;
    // What is not in the model may come with an extension.
    await this.#addExtensions();
    return this.#try(ddl, query);
  }

  async #try(ddl: string, query: string): Promise<Answer> {
    await this.#client.query("savepoint ask");
    try {
      await this.#client.query(ddl);
      const { rows } = await this.#client.query<unknown[]>({ text: query, rowMode: "array" });
      const text = rows[0]?.[0];
      return typeof text === "string" ? { text } : { refused: "the server gave no text" };
    } catch (error) {
      if (!isServerError(error)) throw error;
      return { refused: error.message };
    } finally {
      await this.#client.query("rollback to ask; release ask");
    }
  }

  async #makeAll(text: string): Promise<void> {
    if (this.#whole) return;
    for (const [found] of text.matchAll(QUALIFIED)) {
      for (const object of this.#named(found)) await this.#make(object);
    }
  }

  async #make(object: CatalogObject): Promise<void> {
    const key = `${object.kind} ${object.name}`;
    if (this.#made.has(key)) return;
    this.#made.add(key);
    const stub = stubOf(object, this.#partsOf(object));
    if (stub === undefined) return;
    // Its own types come first.
    await this.#makeAll(stub.replace(object.name, ""));
    await this.#schema(object.name);
    await this.#run(stub);
  }

  async #schema(name: string): Promise<void> {
    const schema = withoutLastIdentifier(withoutArguments(name));
    if (this.#made.has(`schema ${schema}`)) return;
    this.#made.add(`schema ${schema}`);
    await this.#run(`create schema if not exists ${schema}`);
  }

  async #addExtensions(): Promise<void> {
    this.#extended = true;
    for (const [name, packed] of this.#catalog.objects.get("extension") ?? []) {
      const schema = unpack("extension", name, packed).properties.get("schema")?.[0];
      if (schema !== undefined) await this.#run(`create schema if not exists ${schema}`);
      await this.#run(
        `create extension if not exists ${name}${schema === undefined ? "" : ` schema ${schema}`} cascade`,
      );
    }
  }

  /** What cannot be made is missed, if at all, by the expression, whose error then says so. */
  async #run(sql: string): Promise<void> {
    await this.#client.query("savepoint make");
    try {
      await this.#client.query(sql);
      await this.#client.query("release make");
    } catch (error) {
      if (!isServerError(error)) throw error;
      await this.#client.query("rollback to make; release make");
    }
  }

  #named(name: string): readonly CatalogObject[] {
    const found = this.#called(name);
    // A column may follow the table.
    return found.length > 0 ? found : this.#called(withoutLastIdentifier(name));
  }

  /** Only what is asked for is unpacked: a schema has far more than its expressions name. */
  #called(name: string): readonly CatalogObject[] {
    this.#routines ??= this.#routineNames();
    const plain = NAMED.flatMap((kind) => this.#at(kind, name));
    const routines = (this.#routines.get(name) ?? []).flatMap(([kind, whole]) => this.#at(kind, whole));
    return [...plain, ...routines];
  }

  #at(kind: Kind, name: string): readonly CatalogObject[] {
    const packed = this.#catalog.objects.get(kind)?.get(name);
    return packed === undefined ? [] : [unpack(kind, name, packed)];
  }

  #routineNames(): ReadonlyMap<string, readonly (readonly [Kind, string])[]> {
    const index = new Map<string, (readonly [Kind, string])[]>();
    for (const kind of ROUTINES) {
      for (const name of this.#catalog.objects.get(kind)?.keys() ?? []) {
        const base = withoutArguments(name);
        index.set(base, [...(index.get(base) ?? []), [kind, name]]);
      }
    }
    return index;
  }

  #partsOf({ kind, name }: CatalogObject): Parts {
    const columns = this.#within(kind === "composite type" ? "attribute" : "column", name);
    return { columns, primaryKey: this.#within("primary key", name)[0] };
  }

  #within(kind: Kind, whole: string): CatalogObject[] {
    const found: CatalogObject[] = [];
    for (const [name, packed] of this.#catalog.objects.get(kind) ?? []) {
      if (name.startsWith(`${whole}.`)) found.push(unpack(kind, name, packed));
    }
    return found;
  }
}
