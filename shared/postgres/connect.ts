import type { Duplex } from "node:stream";
import { dial, type Endpoint } from "../net/dial.ts";
import type { DatabaseAddress } from "./address.ts";
import { PostgresClient, type SessionOptions } from "./client.ts";
import { connectError, loginTimeout } from "./failure.ts";
import { trustedRoots, upgradeToTls } from "./tls-upgrade.ts";

export type { PostgresClient } from "./client.ts";
export { queryError } from "./failure.ts";
export { type ServerVersion, serverVersion } from "./server-version.ts";

export type PostgresOptions = SessionOptions & {
  /** Drops the connection, whenever it aborts; queries under way reject with its reason. */
  readonly signal: AbortSignal;
  /** Milliseconds for reaching the server, and for TLS and login. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** Opens the way to the server instead of a socket: a tunnel. The host of the address stays the name to verify. */
  readonly stream?: () => Promise<Duplex>;
};

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects and logs in. Throws a UserError for everything that can go wrong on the way, none of which holds the
 * password, or the signal's reason. Close the client with `close()`.
 */
export async function connectPostgres(
  address: DatabaseAddress,
  options: PostgresOptions,
): Promise<PostgresClient> {
  const { signal, connectTimeoutMs: timeoutMs = CONNECT_TIMEOUT_MS } = options;
  const roots = await trustedRoots(address);
  const deadline = AbortSignal.timeout(timeoutMs);
  const open = options.stream ?? (() => dial(endpoint(address), { what: "PostgreSQL", timeoutMs, signal }));
  const over = AbortSignal.any([signal, deadline]);
  let stream: Duplex | undefined;
  const stop = () => void stream?.destroy(over.reason);
  over.addEventListener("abort", stop, { once: true });
  try {
    stream = await within(over, open());
    // Errors reach whoever waits for an answer by way of "close"; without a listener they would end the process.
    stream.on("error", () => undefined);
    const encrypted = address.sslmode !== "disable";
    if (encrypted) stream = await upgradeToTls(stream, address, roots);
    const client = new PostgresClient(address, stream, options, encrypted);
    await client.logIn();
    client.dropWhen(signal);
    return client;
  } catch (error) {
    stream?.destroy();
    signal.throwIfAborted();
    throw deadline.aborted ? loginTimeout(address, timeoutMs) : connectError(error, address);
  } finally {
    over.removeEventListener("abort", stop);
  }
}

/** The stream, if it is open before the signal aborts; else the signal's reason, and what opens later is closed. */
function within(over: AbortSignal, opening: Promise<Duplex>): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(over.reason);
      opening.then((late) => late.on("error", () => undefined).destroy()).catch(() => undefined);
    };
    if (over.aborted) return giveUp();
    over.addEventListener("abort", giveUp, { once: true });
    opening.then(resolve, reject).finally(() => over.removeEventListener("abort", giveUp));
  });
}

function endpoint({ host, port }: DatabaseAddress): Endpoint {
  return host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}
