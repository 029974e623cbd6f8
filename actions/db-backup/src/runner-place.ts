import { existsSync } from "node:fs";
import type { Duplex } from "node:stream";
import { startProgram } from "../../../shared/backup/program.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { choosePrograms, NEWEST_MAJOR } from "../../../shared/postgres/choose-programs.ts";
import { connectPostgres } from "../../../shared/postgres/connect.ts";
import { libpqAccess } from "../../../shared/postgres/libpq-access.ts";
import { findPrograms, programEnvironment } from "../../../shared/postgres/programs.ts";
import { openRelay, type Relay } from "../../../shared/postgres/relay.ts";
import type { Client, Place } from "./place.ts";

type Options = {
  readonly pgBin: string | undefined;
  readonly allowNewer: boolean;
  /** Opens a way to the database through the SSH hop; undefined without one. */
  readonly tunnel: ((address: DatabaseAddress) => Promise<Duplex>) | undefined;
  readonly applicationName: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
};

// What `stdbuf -i 256K -o 64K` of GNU coreutils gives a program (its sources, src/stdbuf.c).
const LIBSTDBUF = "/usr/libexec/coreutils/libstdbuf.so";

/**
 * Makes pg_dump write 64 KiB at a time into a pipe, and pg_restore read up to 256, where it would be 4: on a busy machine the
 * pieces cost as much as compressing them. Nothing changes where coreutils is not in its usual place.
 */
function largePieces(): Record<string, string> {
  if (!existsSync(LIBSTDBUF)) return {};
  return { LD_PRELOAD: LIBSTDBUF, _STDBUF_I: String(256 * 1024), _STDBUF_O: String(64 * 1024) };
}

/** PostgreSQL's programs on this runner, which reach the server directly or through a tunnel. */
export function runnerPlace(options: Options): Place {
  const { pgBin, allowNewer, tunnel, applicationName, env, signal } = options;
  const undo: (() => Promise<void>)[] = [];
  let relay: Relay | undefined;
  const access = async (address: DatabaseAddress) => {
    if (tunnel !== undefined && relay === undefined) {
      relay = await openRelay(() => tunnel(address), signal);
      undo.push(relay.close);
    }
    const made = await libpqAccess({ ...address, applicationName }, { env, relay });
    undo.push(made.close);
    return made;
  };
  const client = (found: ReturnType<typeof choosePrograms>): Client => ({
    major: found.major,
    version: found.program("pg_dump").version,
    joinable: true,
    start: async (name, args, address, start) => {
      const login = address === undefined ? undefined : await access(address);
      const program = startProgram(found.program(name).path, args, {
        ...start,
        env: { ...(login?.env ?? programEnvironment(env)), ...largePieces() },
      });
      if (login !== undefined) program.ended.finally(login.close).catch(() => undefined);
      return program;
    },
  });
  return {
    where: "the runner",
    openSession: (address) =>
      connectPostgres(address, {
        ...{ applicationName, signal },
        ...(tunnel === undefined ? {} : { stream: () => tunnel(address) }),
      }),
    clientFor: async ({ major, full }) => {
      const names = ["pg_dump", "pg_dumpall", "pg_restore"] as const;
      const found = await findPrograms(names, { pgBin, env, signal });
      return client(
        choosePrograms(found, {
          ...{ names, major, upTo: allowNewer ? NEWEST_MAJOR : major },
          because: `the server is PostgreSQL ${full}`,
          otherwise: allowNewer
            ? ""
            : "Or set allow-newer-client: true; such a backup may not restore into a server of the old version.",
        }),
      );
    },
    failure: () => relay?.failure(),
    close: async () => {
      for (const each of undo.splice(0).reverse()) await each();
    },
  };
}
