import { writeFileSync } from "node:fs";
import path from "node:path";
import { locate } from "./needs.ts";
import { freePort } from "./ports.ts";
import type { Postgres } from "./postgres.ts";
import { giveAway, SERVER_USER } from "./postgres-template.ts";
import { start } from "./started.ts";
import { makeTempDir } from "./temp-dir.ts";

export type PoolMode = "session" | "transaction";

export type PgBouncer = {
  readonly port: number;
  /** As the server's own address, but through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
};

/** Starts PgBouncer before a server, with two connections to it. Tests that use it {@link needs} "pgbouncer". */
export async function startPgBouncer(server: Postgres, mode: PoolMode): Promise<PgBouncer> {
  const directory = makeTempDir("pgbouncer");
  const port = await freePort();
  const file = (name: string, text: string): string => {
    const at = path.join(directory.path, name);
    writeFileSync(at, text, { mode: 0o600 });
    return at;
  };
  const users = file("users.txt", `"${server.user}" "${server.password}"\n`);
  const settings = [
    "[databases]",
    `* = host=127.0.0.1 port=${server.port}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = scram-sha-256",
    `auth_file = ${users}`,
    `pool_mode = ${mode}`,
    // As many as one backup takes in session mode; in transaction mode clients share them.
    "default_pool_size = 4",
    "",
  ];
  const config = file("pgbouncer.ini", settings.join("\n"));
  await giveAway(directory.path);
  const pooler = await start({
    command: locate("pgbouncer"),
    args: [config],
    // PgBouncer does not run as root.
    cwd: directory.path,
    ready: /process up/,
    ...SERVER_USER,
  });
  const { user, password } = server;
  return {
    port,
    url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await pooler.stop();
      directory.remove();
    },
  };
}
