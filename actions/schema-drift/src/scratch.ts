import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { fittingPrograms, NEWEST_MAJOR } from "../../../shared/postgres/choose-programs.ts";
import { clusterOf } from "../../../shared/postgres/cluster.ts";
import { serverVersion } from "../../../shared/postgres/connect.ts";
import { type DatabaseLocale, databaseLocale } from "../../../shared/postgres/create-database.ts";
import { findPrograms } from "../../../shared/postgres/programs.ts";
import {
  openScratch,
  type ScratchDatabase,
  type ScratchServer,
} from "../../../shared/postgres/scratch/scratch.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { Database } from "./database.ts";

/** The place for scratch databases, opened when it is first needed. */
export type Scratch = {
  /** Throws a UserError where none can be had, or where it is older than the target. */
  server(): Promise<ScratchServer>;
  /** An empty database with the locale of the target, as far as the server has it. */
  database(): Promise<ScratchDatabase>;
  /** Whether its server is one of our own, which goes with everything that was done to it. */
  readonly temporary: boolean;
};

/** Prepares scratch databases: on the server of `url`, or on a temporary one of the target's version. */
export function scratchFor(
  target: Database,
  url: DatabaseAddress | undefined,
  reach: "socket" | "tcp",
  runtime: Runtime,
): Scratch {
  let opened: Promise<ScratchServer> | undefined;
  const facts = lazily(() =>
    target.use(async (client) => ({
      cluster: await clusterOf(client),
      locale: await databaseLocale(client),
      version: await serverVersion(client),
    })),
  );
  const open = async (): Promise<ScratchServer> => {
    const { env, signal, log } = runtime;
    const { cluster, version } = await facts();
    const programs = url === undefined ? await findPrograms(["postgres", "initdb"], { env, signal }) : [];
    const need = {
      names: ["postgres", "initdb"] as const,
      major: version.major,
      upTo: NEWEST_MAJOR,
      because: "",
    };
    const major = fittingPrograms(programs, need)?.major ?? version.major;
    const server = await openScratch({
      ...{ url, major, programs, reach, env, signal },
      target: { cluster, address: target.address },
      info: (line) => log.info(line),
    });
    runtime.defer("scratch databases", () => server.close());
    if (server.version.major < version.major) throw tooOld(server, version.full);
    return server;
  };
  const server = (): Promise<ScratchServer> => {
    opened ??= open();
    return opened;
  };
  return {
    server,
    temporary: url === undefined,
    database: async () => {
      const place = await server();
      return inLocale(place, (await facts()).locale);
    },
  };
}

function tooOld({ where, version }: ScratchServer, target: string): UserError {
  return new UserError(
    `The scratch server is older than the database: ${where}, and the database has ${target}.`,
    {
      hint: `Give a scratch-url of PostgreSQL ${target.replace(/[^\d].*$/, "")} or newer; it has ${version.major}.`,
      where: { input: "scratch-url" },
    },
  );
}

/** A locale that the scratch server lacks changes how texts sort, not how the schema is written. */
async function inLocale(server: ScratchServer, locale: DatabaseLocale): Promise<ScratchDatabase> {
  try {
    return await server.newDatabase(locale);
  } catch (error) {
    if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
    if (!/locale|collat|ctype|encoding/i.test(error.message)) throw error;
    return server.newDatabase();
  }
}

function lazily<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
