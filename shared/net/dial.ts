import { connect, type Socket } from "node:net";
import { UserError } from "../runtime/user-error.ts";
import { errorCode, networkReason, SILENT_HINT } from "./reason.ts";

/** Where a server listens: a TCP port, or the path of a Unix socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

export type DialOptions = {
  /** What is expected there, for the error: "the SSH server". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

const KEEPALIVE_MS = 30_000;

/**
 * Opens a connection. The caller owns the socket, and must listen to its "error" event.
 * Throws a UserError that says why the server was not reached, or the signal's reason.
 */
export async function dial(endpoint: Endpoint, options: DialOptions): Promise<Socket> {
  const { signal, timeoutMs } = options;
  signal.throwIfAborted();
  const socket = connect({
    ...{ ...endpoint, noDelay: true, keepAlive: true },
    // The kernel's own two hours are too long: Azure, where hosted runners are, forgets a silent connection after four
    // minutes, and whoever waits for an answer on it would wait for a quarter of an hour.
    keepAliveInitialDelay: KEEPALIVE_MS,
  });
  const over = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
      over.addEventListener("abort", () => reject(over.reason), { once: true });
    });
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw unreachable(endpoint, options, error);
  } finally {
    socket.removeAllListeners("connect").removeAllListeners("error");
  }
}

/** `host:port`, with brackets around an IPv6 address, or the path of the socket. */
export function endpointName(endpoint: Endpoint): string {
  if ("path" in endpoint) return endpoint.path;
  const { host, port } = endpoint;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function unreachable(endpoint: Endpoint, { what, timeoutMs }: DialOptions, error: unknown): UserError {
  const timedOut = error instanceof Error && error.name === "TimeoutError";
  const { why, hint } = timedOut
    ? { why: `no answer within ${timeoutMs} ms`, hint: SILENT_HINT }
    : (networkReason(error) ?? { why: errorCode(error) || "the connection failed", hint: "See the cause." });
  return new UserError(`Cannot reach ${what} at ${endpointName(endpoint)}: ${why}.`, { hint, cause: error });
}
