import { endpointName } from "../net/dial.ts";
import { remoteLine } from "../runtime/remote-text.ts";
import { UserError } from "../runtime/user-error.ts";
import type { HostKey } from "./host-key.ts";

/** What was seen before a handshake failed. */
export type HandshakeDetails = {
  /** The host key that was not accepted. */
  readonly refusedKey?: HostKey | undefined;
  /** The login methods that the server would still take; undefined when it did not come to that. */
  readonly methodsLeft?: readonly string[];
  /** The user's key was accepted, and the server asks for something more. */
  readonly keyAccepted?: boolean;
};

/** A connection that was not established. Levels and messages are those of ssh2 1.17. */
export class HandshakeFailure extends Error {
  override readonly name = "HandshakeFailure";
  readonly level: string;
  /** The server's reason (RFC 4253, section 11.1) when it hung up with one; then the message is its own. */
  readonly disconnectCode: number | undefined;
  readonly refusedKey: HostKey | undefined;
  readonly methodsLeft: readonly string[] | undefined;
  readonly keyAccepted: boolean;

  constructor(cause: unknown, { refusedKey, methodsLeft, keyAccepted = false }: HandshakeDetails) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    const { level, code } = cause as { level?: unknown; code?: unknown };
    this.level = typeof level === "string" ? level : "";
    this.disconnectCode = typeof code === "number" ? code : undefined;
    this.refusedKey = refusedKey;
    this.methodsLeft = methodsLeft;
    this.keyAccepted = keyAccepted;
  }

  /**
   * The server hung up before it said anything of a login: it does so to some of many that connect at once
   * (MaxStartups of sshd_config), and takes them a moment later.
   */
  get isTurnedAway(): boolean {
    const closed = /^(?:Connection lost before handshake|Connection closed|read ECONNRESET)$/.test(
      this.message,
    );
    return (
      closed &&
      this.methodsLeft === undefined &&
      this.disconnectCode === undefined &&
      this.refusedKey === undefined
    );
  }

  /** The server has no host key of a type that was asked for. */
  get lacksHostKeyType(): boolean {
    return this.message === "Handshake failed: no matching host key format";
  }
}

export type Attempt = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Type and fingerprint of the user's key, for the error that asks to install it. */
  readonly keyName: string;
  readonly readyTimeoutMs: number;
};

/** The user's view of a failed handshake. */
export function handshakeError(failure: HandshakeFailure, attempt: Attempt): UserError {
  const server = `SSH server ${endpointName(attempt)}`;
  const text = remoteLine(failure.message);
  const error = (message: string, hint: string) => new UserError(message, { hint, cause: failure });

  if (failure.methodsLeft !== undefined) return loginError(failure, attempt, server);
  if (failure.level === "client-timeout") {
    return error(
      `The ${server} did not complete the handshake within ${attempt.readyTimeoutMs} ms.`,
      "The port is open, but no SSH server answers behind it in time: check the port and the load of the host.",
    );
  }
  if (failure.disconnectCode !== undefined) {
    return error(`The ${server} hung up: ${text}.`, "The server's own log (journalctl -u ssh) says why.");
  }
  if (failure.message.startsWith("Handshake failed: no matching")) {
    return error(
      `The ${server} and this action share no algorithm: ${text}.`,
      "Allow a current one in the server's sshd_config (KexAlgorithms, Ciphers, MACs, HostKeyAlgorithms).",
    );
  }
  if (failure.level === "handshake") {
    return error(
      `The key exchange with the ${server} failed: ${text}.`,
      "Something between may be altering the connection. The server's own log says more.",
    );
  }
  return error(
    `The ${server} closed the connection before the login: ${text}.`,
    "Check that the port is SSH's. A busy or banning server does this too (MaxStartups, PerSourcePenalties, fail2ban).",
  );
}

function loginError(failure: HandshakeFailure, attempt: Attempt, server: string): UserError {
  const { user, keyName } = attempt;
  const methods = remoteLine((failure.methodsLeft ?? []).join(", "));
  if (failure.keyAccepted) {
    return new UserError(`The ${server} accepted the key of user ${user}, but also asks for: ${methods}.`, {
      hint: "Exempt this account from the second factor (AuthenticationMethods publickey in a Match User block).",
      cause: failure,
    });
  }
  const keysTaken = failure.methodsLeft?.includes("publickey") === true;
  return new UserError(`The ${server} refused the login of user ${user} with the key ${keyName}.`, {
    hint: keysTaken
      ? `Add the public key to ~${user}/.ssh/authorized_keys on the server (mode 600, owned by ${user}), or check ssh-user.`
      : `The server takes no keys for this user, only: ${methods === "" ? "nothing" : methods}. Set PubkeyAuthentication yes.`,
    where: { input: "ssh-key" },
    cause: failure,
  });
}

/** The error for work that was under way when the connection broke. */
export function connectionLost(host: string, port: number, cause: unknown): UserError {
  const why = cause instanceof Error ? `: ${remoteLine(cause.message)}` : "";
  return new UserError(`The connection to the SSH server ${endpointName({ host, port })} was lost${why}.`, {
    hint: "The host may be restarting, or the network between is failing. Run the step again.",
    cause,
  });
}
