import type { UserError } from "../runtime/user-error.ts";
import { openConnection, type SshConnection } from "./connection.ts";
import { HandshakeFailure, handshakeError } from "./failure.ts";
import { handshake } from "./handshake.ts";
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
  /** Closes the connection, whenever it aborts. */
  readonly signal: AbortSignal;
  /** Milliseconds for reaching the host, and again for handshake and login. Default: 20,000. */
  readonly readyTimeoutMs?: number;
  /** Milliseconds between keepalives; after three without an answer the connection is lost. Default: 10,000. */
  readonly keepaliveMs?: number;
};

const READY_TIMEOUT_MS = 20_000;
const KEEPALIVE_MS = 10_000;

/**
 * Connects to an SSH server, verifies its host key against the pins, and logs in with the key. Throws a UserError
 * for everything that can go wrong on the way, or the signal's reason.
 */
export async function connectSsh(options: SshOptions): Promise<SshConnection> {
  const { host, port, user, passphrase, pins, signal } = options;
  const { readyTimeoutMs = READY_TIMEOUT_MS, keepaliveMs = KEEPALIVE_MS } = options;
  const privateKey = normalisePrivateKey(options.privateKey, passphrase);
  const verify = (key: HostKey) => verifyHostKey(key, host, port, pins) === "ok";
  const login = { host, port, user, privateKey, passphrase, verify, signal, readyTimeoutMs, keepaliveMs };

  // A server shows one key a connection, of a type that the client chooses. First the pinned types are asked for.
  // When it has none of them, or when fingerprints are pinned (which do not tell their type), the others follow.
  let types = pinnedTypes(host, port, pins);
  let left = HOST_KEY_TYPES;
  let mismatch: UserError | undefined;
  for (;;) {
    try {
      const loggedIn = await handshake({ ...login, algorithms: hostKeyAlgorithms(types) });
      return openConnection(loggedIn, host, port, signal);
    } catch (error) {
      if (!(error instanceof HandshakeFailure)) throw error;
      const refused = error.refusedKey;
      if (refused !== undefined) mismatch ??= refusal(refused, options);
      else if (!error.lacksHostKeyType)
        throw handshakeError(error, { ...login, keyName: publicKeyName(login) });

      const settled = refused === undefined ? types : [refused.type];
      left = left.filter((type) => !settled.includes(type));
      const hopeless = left.length === 0 || (refused !== undefined && pins.fingerprints.length === 0);
      if (hopeless) throw mismatch ?? handshakeError(error, { ...login, keyName: publicKeyName(login) });
      types = left;
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
