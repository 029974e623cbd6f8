import { cp } from "node:fs/promises";
import path from "node:path";
import { type Postgres, startPostgres } from "../../test/support/postgres.ts";
import { makeTempDir } from "../../test/support/temp-dir.ts";
import { REPOSITORY } from "../bundle/repository.ts";
import { openShop, type Shop } from "./shop.ts";

/** What the chapters play on. */
export type Stage = {
  readonly postgres: Postgres;
  readonly shop: Shop;
  /** The repository of the shop as a job has it after the checkout. */
  readonly workspace: string;
  /** A folder for what the steps leave behind; it goes with the stage. */
  readonly temp: string;
  /** Stops every server and removes every file; one that cannot be stopped does not keep the others. */
  close(): Promise<void>;
};

const SHOP_SOURCES = path.join(REPOSITORY, "examples/shop");

/**
 * Starts the servers, and tells of each. Whatever goes wrong on the way, or when the signal says
 * stop, nothing stays behind.
 */
export async function openStage(tell: (text: string) => void, signal: AbortSignal): Promise<Stage> {
  const undo: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) {
      try {
        await last();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "The stage could not be cleared.");
  };
  try {
    const directory = makeTempDir("demo");
    undo.push(() => directory.remove());
    const workspace = path.join(directory.path, "workspace");
    await cp(SHOP_SOURCES, workspace, { recursive: true });

    tell("Starting PostgreSQL 18 ...");
    const postgres = await startPostgres({ major: 18 });
    undo.push(() => postgres.stop());
    signal.throwIfAborted();
    tell(`It runs on port ${postgres.port}. Setting up the shop ...`);

    const shop = await openShop(postgres, { temp: directory.path, workspace });
    undo.push(() => shop.close());
    signal.throwIfAborted();
    tell("Its database is migrated, and an authority of its own vouches for its certificate.");
    return { postgres, shop, workspace, temp: directory.path, close };
  } catch (error) {
    await close();
    throw error;
  }
}
