import { randomBytes } from "node:crypto";
import type { DatabaseAddress } from "../address.ts";
import { connectPostgres, queryError } from "../connect.ts";
import { createDatabaseStatement, type DatabaseLocale } from "../create-database.ts";
import { type LibpqAccess, libpqAccess } from "../libpq-access.ts";
import { quoteIdentifier } from "../sql.ts";
import type { ScratchDatabase } from "./scratch.ts";

/** Begins the name of every scratch database, for whoever finds one that a killed run left behind. */
export const SCRATCH_PREFIX = "scratch_deploy_actions_";

// The clean-up of a cancelled run has a few seconds in all.
const CLEAN_UP_MS = 4_000;
const CREATE_MS = 60_000;

/** The scratch databases of one server. */
export class ScratchDatabases {
  readonly #server: DatabaseAddress;
  readonly #major: number;
  readonly #env: Readonly<NodeJS.ProcessEnv>;
  readonly #open = new Set<ScratchDatabase>();
  readonly #access = new Set<LibpqAccess>();

  /** `server` is the address that databases are made from, and its major version; `env` the step's environment. */
  constructor(server: DatabaseAddress, major: number, env: Readonly<NodeJS.ProcessEnv>) {
    this.#server = server;
    this.#major = major;
    this.#env = env;
  }

  make(locale: DatabaseLocale | undefined, signal: AbortSignal): Promise<ScratchDatabase> {
    return this.#add((name) => createDatabaseStatement(name, locale, this.#major), signal);
  }

  /** A copy of one of these, to which nobody may be connected; the server waits five seconds for those who are leaving. */
  copy(original: ScratchDatabase, signal: AbortSignal): Promise<ScratchDatabase> {
    const template = quoteIdentifier(original.address.database);
    return this.#add((name) => `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE ${template}`, signal);
  }

  async #add(statement: (name: string) => string, signal: AbortSignal): Promise<ScratchDatabase> {
    signal.throwIfAborted();
    const name = `${SCRATCH_PREFIX}${randomBytes(8).toString("hex")}`;
    const address = { ...this.#server, database: name };
    const access = await libpqAccess(address, { env: this.#env });
    this.#access.add(access);
    let dropped: Promise<void> | undefined;
    const remove = async (): Promise<void> => {
      await access.close();
      await this.#run(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`, CLEAN_UP_MS);
      this.#open.delete(database);
    };
    const database: ScratchDatabase = {
      address,
      env: access.env,
      drop: () => {
        dropped ??= remove();
        return dropped;
      },
    };
    this.#open.add(database);
    // Not ended by a cancelled run: the server would go on, and the database appear after it was looked for.
    await this.#run(statement(name), CREATE_MS);
    signal.throwIfAborted();
    return database;
  }

  async dropAll(): Promise<void> {
    const left = await Promise.allSettled([...this.#open].map((database) => database.drop()));
    const failed = left.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** For a server that goes with all its databases: removes what the programs needed. */
  async forget(): Promise<void> {
    await Promise.all([...this.#access].map((access) => access.close()));
  }

  async #run(statement: string, timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    const client = await connectPostgres(this.#server, { applicationName: "deploy-actions scratch", signal });
    try {
      await client.query(statement);
    } catch (error) {
      throw queryError(error, this.#server);
    } finally {
      await client.close();
    }
  }
}
