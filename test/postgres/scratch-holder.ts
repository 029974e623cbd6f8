import { parseDatabaseUrl } from "../../shared/postgres/address.ts";
import { findPrograms } from "../../shared/postgres/programs.ts";
import { openScratch } from "../../shared/postgres/scratch/scratch.ts";

// A process of its own that holds a temporary server until it is killed.
const { env } = process;
const { signal } = new AbortController();
const programs = await findPrograms(["postgres", "initdb"], { env, signal });
const address = parseDatabaseUrl("postgres://app@db.example/app");
const target = { cluster: { systemIdentifier: "1", startedAt: "2020" }, address };
const scratch = await openScratch({
  ...{ url: undefined, target, major: 15, programs, reach: "socket", env, signal, info: () => undefined },
});
await scratch.newDatabase();
process.stdout.write("open\n");
setInterval(() => undefined, 60_000);
