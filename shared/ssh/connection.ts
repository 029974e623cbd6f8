import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { endpointName } from "../net/dial.ts";
import { remoteLine } from "../runtime/remote-text.ts";
import { UserError } from "../runtime/user-error.ts";
import { type ExecOptions, type ExecResult, execOn } from "./exec.ts";
import { type RemoteProcess, startOn } from "./exec-stream.ts";
import { connectionLost } from "./failure.ts";
import type { LoggedIn } from "./handshake.ts";
import { Sessions } from "./sessions.ts";
import { type Sftp, withSftp } from "./sftp.ts";
import { TunnelStream } from "./tunnel-stream.ts";

/** A connection to an SSH server whose host key was verified. */
export type SshConnection = {
  /** Runs a command and waits for its end. A non-zero exit is a result, not an error. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Starts a command whose output is too long to be kept, or that is talked with. Throws a UserError. */
  start(command: string, signal?: AbortSignal): Promise<RemoteProcess>;
  /**
   * Opens a TCP connection from the server to host:port, as seen from there. The stream behaves like a `net.Socket`;
   * the caller listens to its "error" event. The signal ends the opening, not the stream. Throws a UserError, or the
   * signal's reason.
   */
  forward(host: string, port: number, signal?: AbortSignal): Promise<Duplex>;
  /**
   * Opens a file transfer session, which counts as a command until it is closed. Throws a UserError when the server has
   * none, or the signal's reason.
   */
  sftp(signal?: AbortSignal): Promise<Sftp>;
  /** False once the connection was lost or closed. */
  isOpen(): boolean;
  /** Ends the connection and all that runs over it. Safe to call twice. */
  close(): Promise<void>;
};

// Half of sshd's default MaxSessions: it frees a closed session only after it has handled all that came with the
// close, so that as many again may be asked for while it still counts the old ones.
const MAX_SESSIONS = 5;
// How long the server may take to hang up after it was told so.
const CLOSE_GRACE_MS = 1_000;

/** Makes a logged-in client a connection. It closes when the signal aborts. */
export function openConnection(
  { client, socket }: LoggedIn,
  host: string,
  port: number,
  signal: AbortSignal,
): SshConnection {
  const sessions = new Sessions(MAX_SESSIONS);
  const tunnels = new Set<TunnelStream>();
  const over = new AbortController();
  let cause: unknown;
  const ended = new Promise<void>((resolve) => client.once("close", () => resolve()));
  const abort = () => over.abort(signal.reason);

  over.signal.addEventListener("abort", () => {
    for (const tunnel of tunnels) tunnel.destroy(over.signal.reason);
    socket.destroy();
  });
  client.on("error", (error) => {
    cause ??= error;
  });
  // Before ssh2 ends the channels one by one, which would look like an orderly end.
  client.prependListener("close", () => {
    signal.removeEventListener("abort", abort);
    over.abort(connectionLost(host, port, cause));
  });
  signal.addEventListener("abort", abort, { once: true });

  return {
    exec: (command, options = {}) => {
      const either =
        options.signal === undefined ? over.signal : AbortSignal.any([options.signal, over.signal]);
      const work = () => execOn(client, command, { ...options, signal: either });
      return sessions.run(work, either).catch((error: unknown) => {
        either.throwIfAborted();
        throw execError(endpointName({ host, port }), error);
      });
    },
    start: async (command, stopping) => {
      const either = stopping === undefined ? over.signal : AbortSignal.any([stopping, over.signal]);
      const started = Promise.withResolvers<RemoteProcess>();
      // Its session is taken until it has ended.
      const held = sessions.run(async () => {
        const process = await startOn(client, command, either);
        started.resolve(process);
        await process.ended.catch(() => undefined);
      }, either);
      held.catch(started.reject);
      return started.promise.catch((error: unknown) => {
        either.throwIfAborted();
        throw execError(endpointName({ host, port }), error);
      });
    },
    forward: async (targetHost, targetPort, opening) => {
      const either = opening === undefined ? over.signal : AbortSignal.any([opening, over.signal]);
      either.throwIfAborted();
      const channel = await openTunnel(client, targetHost, targetPort, either).catch((error: unknown) => {
        either.throwIfAborted();
        throw forwardError(
          endpointName({ host: targetHost, port: targetPort }),
          endpointName({ host, port }),
          error,
        );
      });
      const tunnel = new TunnelStream(channel);
      tunnels.add(tunnel);
      tunnel.once("close", () => tunnels.delete(tunnel));
      return tunnel;
    },
    sftp: async (opening) => {
      const either = opening === undefined ? over.signal : AbortSignal.any([opening, over.signal]);
      const opened = Promise.withResolvers<Sftp>();
      const hold = (sftp: Sftp): Promise<void> => {
        const closed = Promise.withResolvers<void>();
        over.signal.addEventListener("abort", () => closed.resolve(), { once: true });
        const close = (): void => {
          sftp.close();
          closed.resolve();
        };
        // Asked for no more, and opened all the same.
        if (either.aborted) close();
        else opened.resolve({ ...sftp, close });
        return closed.promise;
      };
      const giveUp = (): void => opened.reject(either.reason);
      either.addEventListener("abort", giveUp, { once: true });
      sessions
        .run(() => withSftp(client, over.signal, hold), either)
        .catch((error: unknown) => {
          opened.reject(either.aborted ? either.reason : sftpError(endpointName({ host, port }), error));
        });
      return opened.promise.finally(() => either.removeEventListener("abort", giveUp));
    },
    isOpen: () => !over.signal.aborted,
    close: async () => {
      signal.removeEventListener("abort", abort);
      for (const tunnel of tunnels) tunnel.destroy();
      client.end();
      const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** A channel to host:port; one that opens after the signal aborted is closed. */
function openTunnel(client: Client, host: string, port: number, signal: AbortSignal): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    // The source address is for the server's log only (RFC 4254, section 7.2).
    client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      signal.removeEventListener("abort", giveUp);
      if (error !== undefined) reject(error);
      else if (signal.aborted) channel.close();
      else resolve(channel);
    });
  });
}

function execError(server: string, error: unknown): UserError {
  const why = remoteLine(error instanceof Error ? error.message : String(error));
  return new UserError(`The SSH server ${server} did not run the command to its end: ${why}.`, {
    hint: "The account may be limited to other commands (its shell, ForceCommand, authorized_keys), or MaxSessions is low.",
    cause: error,
  });
}

function sftpError(server: string, error: unknown): UserError {
  const why = remoteLine(error instanceof Error ? error.message : String(error));
  return new UserError(`The SSH server ${server} opened no file transfer session (SFTP): ${why}.`, {
    hint: "Set 'Subsystem sftp internal-sftp' in its sshd_config, and see that the account may use it (ForceCommand).",
    cause: error,
  });
}

// Reasons of RFC 4254, section 5.1.
const PROHIBITED = 1;
const CONNECT_FAILED = 2;

function forwardError(target: string, server: string, error: unknown): UserError {
  const { reason, message = String(error) } = error as { reason?: unknown; message?: string };
  if (reason === PROHIBITED) {
    return new UserError(`The SSH server ${server} forbids tunnels to ${target}.`, {
      hint: "Set AllowTcpForwarding yes (or local) in its sshd_config, and check PermitOpen and authorized_keys.",
      cause: error,
    });
  }
  const why = reason === CONNECT_FAILED ? "it cannot connect there" : remoteLine(message);
  return new UserError(`The SSH server ${server} opened no tunnel to ${target}: ${why}.`, {
    hint: "The address is looked up and connected to from the SSH server: check that it listens there, and its port.",
    cause: error,
  });
}
