import path from "node:path";
import { findPrograms } from "../../shared/postgres/programs.ts";
import { startTemporaryServer } from "../../shared/postgres/scratch/temporary-server.ts";
import { locate } from "../support/needs.ts";

export type ScratchServer = { readonly url: string; stop(): Promise<void> };

/**
 * A server for the scratch databases of a whole test file: the action would start one for each run. The test servers are
 * copies of one cluster, and so refused for it.
 */
export async function startScratchServer(): Promise<ScratchServer> {
  const env = { PATH: process.env["PATH"] ?? "" };
  const { signal } = new AbortController();
  const programs = await findPrograms(["postgres", "initdb"], {
    pgBin: path.join(locate("postgres-18"), "bin"),
    env,
    signal,
  });
  const server = await startTemporaryServer({
    ...{ major: 18, programs, reach: "tcp", env, signal, info: () => undefined },
  });
  const { address } = await server.newDatabase();
  const { user, password = "", host, port, database } = address;
  return { url: `postgres://${user}:${password}@${host}:${port}/${database}`, stop: () => server.close() };
}
