import { startPostgres } from "../support/postgres.ts";
import { start } from "../support/started.ts";
import type { ScratchHost } from "./scratch-host.ts";

export type DatabaseThere = {
  /** As the server sees it. */
  readonly url: string;
  readonly password: string;
  readonly query: (sql: string) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

// The server's network is its own; the socket of a database of this machine lies in /tmp, which they share.
const RELAY = `const { connect, createServer } = require("node:net");
createServer((socket) => {
  const up = connect(process.argv[1]);
  socket.on("error", () => up.destroy()).pipe(up.on("error", () => socket.destroy())).pipe(socket);
}).listen(5432, "127.0.0.1", () => console.log("ready"));`;

/** A database at the usual port of a scratch host. Tests that use it need "postgres-15". */
export async function databaseOn({ through }: ScratchHost): Promise<DatabaseThere> {
  const database = await startPostgres({ major: 15 });
  await database.query("CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2), (3)");
  const [command = "", ...words] = through;
  const socket = `${database.socketDirectory}/.s.PGSQL.${database.port}`;
  const relay = await start({ command, args: [...words, "node", "-e", RELAY, socket], ready: /^ready/m });
  const { user, password, query } = database;
  return {
    url: `postgres://${user}:${password}@127.0.0.1:5432/postgres`,
    ...{ password, query },
    stop: async () => {
      await relay.stop();
      await database.stop();
    },
  };
}
