// npm start: serves the shop until SIGTERM or SIGINT.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Pool } from "pg";
import { readConfig } from "./config.ts";
import { listener } from "./listener.ts";
import { routes } from "./routes.ts";

const config = readConfig(process.env);
const pool = new Pool({
  connectionString: config.databaseUrl,
  max: config.poolSize,
  idleTimeoutMillis: 60_000,
  connectionTimeoutMillis: 5_000,
});
// A connection that breaks while nobody uses it is replaced by the next query.
pool.on("error", (error) => console.error(`database: ${error.message}`));

// A wrong address or password ends the start, rather than the first request of a customer.
await pool.query("select 1");

const answer = listener(routes(pool, config));
const servers: Server[] = [await listen(createServer(answer), config.port)];
if (config.tls !== undefined) {
  const { port, certFile, keyFile } = config.tls;
  const options = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  servers.push(await listen(createTlsServer(options, answer), port));
}
console.log(`Release ${config.release} listens on ${config.host}, port ${config.port}.`);

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, stop);

async function listen(server: Server, port: number): Promise<Server> {
  server.listen(port, config.host);
  await once(server, "listening");
  return server;
}

/** Takes no new connections, finishes the requests under way, and lets the process end. */
async function stop(): Promise<void> {
  const closed = servers.map((server) => once(server, "close"));
  for (const server of servers) server.close();
  await Promise.all(closed);
  await pool.end();
}
