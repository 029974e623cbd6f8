import type { Duplex } from "node:stream";
import { dial } from "../net/dial.ts";
import { systemClock } from "../runtime/clock.ts";
import type { UserError } from "../runtime/user-error.ts";
import { openConnection, type SshConnection } from "./connection.ts";
import { HandshakeFailure, handshakeError } from "./failure.ts";
import { type HandshakeOptions, handshake, type LoggedIn } from "./handshake.ts";
import { HOST_KEY_TYPES, type HostKey, hostKeyAlgorithms } from "./host-key.ts";
import type { HostPins } from "./known-hosts.ts";
import { normalisePrivateKey, publicKeyName } from "./private-key.ts";
import { hostKeyError, pinnedTypes, verifyHostKey } from "./verify-host-key.ts";

export type { SshConnection } from "./connection.ts";
export type { ExecOptions, ExecResult } from "./exec.ts";
export type { Sftp } from "./sftp.ts";

export type SshTarget = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** As the user pasted it; see `normalisePrivateKey`. */
  readonly privateKey: string;
  readonly passphrase?: string | undefined;
  /** The only host keys that are accepted. Nothing is ever trusted on first use. */
  readonly pins: HostPins;
};

export type SshOptions = SshTarget & {
  /** A server that is logged in to first, and through which the way to this one leads. */
  readonly jump?: SshTarget | undefined;
  /** Closes the connection, whenever it aborts. */
  readonly signal: AbortSignal;
  /** Milliseconds for reaching the host, and again for handshake and login. Default: 20,000. */
  readonly readyTimeoutMs?: number;
  /** Milliseconds between keepalives; after three without an answer the connection is lost. Default: 10,000. */
  readonly keepaliveMs?: number;
};

// How often a server that turned the connection away is asked again, and the longest first pause.
const TRIES = 5;
const FIRST_PAUSE_MS = 250;
const READY_TIMEOUT_MS = 20_000;
const KEEPALIVE_MS = 10_000;

/**
 * Connects to an SSH server, verifies its host key against the pins, and logs in with the key. Throws a UserError
 * for everything that can go wrong on the way, or the signal's reason.
 */
export async function connectSsh(options: SshOptions): Promise<SshConnection> {
  const { jump } = options;
  const { host, port, signal, readyTimeoutMs = READY_TIMEOUT_MS } = options;
  if (jump === undefined) {
    return logIn(options, () =>
      dial({ host, port }, { what: "the SSH server", timeoutMs: readyTimeoutMs, signal }),
    );
  }
  const first = await connectSsh({ ...options, jump: undefined, ...jump });
  try {
    const connection = await logIn(options, () => first.forward(host, port));
    return {
      ...connection,
      close: async () => {
        await connection.close();
        await first.close();
      },
    };
  } catch (error) {
    await first.close();
    throw error;
  }
}

async function logIn(options: SshOptions, open: () => Promise<Duplex>): Promise<SshConnection> {
  const { host, port, user, passphrase, pins, signal } = options;
  const { readyTimeoutMs = READY_TIMEOUT_MS, keepaliveMs = KEEPALIVE_MS } = options;
  const privateKey = normalisePrivateKey(options.privateKey, passphrase);
  const verify = (key: HostKey) => verifyHostKey(key, host, port, pins) === "ok";
  const login = { open, user, privateKey, passphrase, verify, signal, readyTimeoutMs, keepaliveMs };
  const attempt = { ...login, host, port };

  // A server shows one key a connection, of a type that the client chooses. First the pinned types are asked for.
  // When it has none of them, or when fingerprints are pinned (which do not tell their type), the others follow.
  let types = pinnedTypes(host, port, pins);
  let left = HOST_KEY_TYPES;
  let mismatch: UserError | undefined;
  for (;;) {
    try {
      const loggedIn = await untilTaken({ ...login, algorithms: hostKeyAlgorithms(types) });
      return openConnection(loggedIn, host, port, signal);
    } catch (error) {
      if (!(error instanceof HandshakeFailure)) throw error;
      const refused = error.refusedKey;
      if (refused !== undefined) mismatch ??= refusal(refused, options);
      else if (!error.lacksHostKeyType)
        throw handshakeError(error, { ...attempt, keyName: publicKeyName(login) });

      const settled = refused === undefined ? types : [refused.type];
      left = left.filter((type) => !settled.includes(type));
      const hopeless = left.length === 0 || (refused !== undefined && pins.fingerprints.length === 0);
      if (hopeless) throw mismatch ?? handshakeError(error, { ...attempt, keyName: publicKeyName(login) });
      types = left;
    }
  }
}

/** A handshake, again after a while where the server turns the connection away; each pause is twice as long, at random. */
async function untilTaken(options: HandshakeOptions): Promise<LoggedIn> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await handshake(options);
    } catch (error) {
      if (!(error instanceof HandshakeFailure) || !error.isTurnedAway || attempt === TRIES) throw error;
      // Many that were turned away together must not come back together.
      await systemClock.sleep(Math.random() * FIRST_PAUSE_MS * 2 ** attempt, options.signal);
    }
  }
}

/** The error for a mismatch, which another key of the server may mend; any other verdict is final and thrown. */
function refusal(key: HostKey, { host, port, pins }: SshTarget): UserError {
  const verdict = verifyHostKey(key, host, port, pins);
  if (verdict === "ok") throw new Error("a host key was refused that verifies");
  const error = hostKeyError(verdict, key, host, port, pins);
  if (verdict === "mismatch") return error;
  throw error;
}
