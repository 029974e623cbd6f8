import type { Duplex } from "node:stream";
import ssh2, { type Client } from "ssh2";
import { type HandshakeDetails, HandshakeFailure } from "./failure.ts";
import { type HostKey, readHostKey } from "./host-key.ts";

export type HandshakeOptions = {
  /** Opens the way to the server. */
  readonly open: () => Promise<Duplex>;
  readonly user: string;
  readonly privateKey: string;
  readonly passphrase: string | undefined;
  /** The host key algorithms to ask for, as ssh2 names them. */
  readonly algorithms: readonly string[];
  /** Judges the host key; false ends the connection before the login. */
  readonly verify: (hostKey: HostKey) => boolean;
  readonly signal: AbortSignal;
  readonly readyTimeoutMs: number;
  readonly keepaliveMs: number;
};

/** `socket` is what the client runs over: destroying it is the only sure way to end a client (ssh2's may do nothing). */
export type LoggedIn = { readonly client: Client; readonly socket: Duplex };

// Unanswered keepalives after which a connection counts as lost.
const KEEPALIVES_LOST = 3;

/**
 * One attempt to connect and log in. The client has a listener for errors, so that a connection
 * lost later does not end the process. Throws a UserError when the host is not reached, a {@link HandshakeFailure}
 * for all that happens after, and the signal's reason.
 */
export async function handshake(options: HandshakeOptions): Promise<LoggedIn> {
  const { signal, readyTimeoutMs } = options;
  const socket = await options.open();
  const client = new ssh2.Client();
  const seen: { -readonly [Name in keyof HandshakeDetails]: HandshakeDetails[Name] } = {};
  const stop = () => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("ready", resolve).on("error", reject);
      client.once("close", () => reject(new Error("Connection closed")));
      client.connect({
        sock: socket,
        username: options.user,
        privateKey: options.privateKey,
        ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase }),
        algorithms: { serverHostKey: [...options.algorithms] as never },
        hostVerifier: (blob: Buffer) => {
          const key = readHostKey(blob);
          if (key !== undefined && options.verify(key)) return true;
          seen.refusedKey = key;
          return false;
        },
        readyTimeout: readyTimeoutMs,
        keepaliveInterval: options.keepaliveMs,
        keepaliveCountMax: KEEPALIVES_LOST,
        authHandler: (left: readonly string[] | null, partialSuccess: boolean | null) => {
          if (left === null) return "publickey";
          seen.methodsLeft = left;
          seen.keyAccepted = partialSuccess === true;
          return false as never;
        },
      });
    });
    return { client, socket };
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw new HandshakeFailure(error, seen);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
