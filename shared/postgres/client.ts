import type { Duplex } from "node:stream";
import { Client, Connection } from "pg";
import type { DatabaseAddress } from "./address.ts";

export type SessionOptions = {
  /** Shows in pg_stat_activity, unless the address names another. */
  readonly applicationName: string;
  /**
   * Ends statements that take longer. Sent with the login, which PgBouncer refuses unless its
   * ignore_startup_parameters has it; `set local` in a transaction works everywhere.
   */
  readonly statementTimeoutMs?: number;
};

/** The server does not tie the password exchange to the TLS connection, and the address asks for it. */
export class NoChannelBinding extends Error {
  override readonly name = "NoChannelBinding";
}

// How long a server may take to hang up after it was told goodbye.
const CLOSE_GRACE_MS = 1_000;

/**
 * A `pg` client on a stream that is open already. It takes nothing from the environment (PGPASSWORD, PGOPTIONS and
 * the like, or ~/.pgpass), and losing the connection between queries does not end the process.
 */
export class PostgresClient extends Client {
  readonly #stream: Duplex;
  readonly #startup: Readonly<Record<string, string>>;
  readonly #refused: (() => NoChannelBinding | undefined) | undefined;

  constructor(address: DatabaseAddress, stream: Duplex, options: SessionOptions, encrypted: boolean) {
    const connection = new Connection({ stream: alreadyOpen(stream) } as never);
    const config = {
      ...{ host: address.host, port: address.port, user: address.user, database: address.database },
      // A function, since pg looks for an empty value in the environment and in ~/.pgpass.
      password: () => address.password ?? "",
      ssl: false,
      enableChannelBinding: encrypted && address.channelBinding !== "disable",
      connection,
    };
    super(config);
    this.#stream = stream;
    this.#startup = startupParameters(address, options);
    // Queries under way reject with the error; there is nobody else to tell.
    this.on("error", () => undefined);
    if (address.channelBinding === "require") this.#refused = requireBinding(connection, stream);
  }

  /** What `pg` sends at login; its own version adds PGOPTIONS and others from the environment. */
  getStartupConf(): Readonly<Record<string, string>> {
    return this.#startup;
  }

  /** Logs in. Rejects with whatever `pg` or the stream says, or with {@link NoChannelBinding}. */
  async logIn(): Promise<void> {
    await this.connect();
    // All that lets the user in may have come in one piece, before the stream could fail.
    const refused = this.#refused?.();
    if (refused !== undefined) throw refused;
  }

  /** Says goodbye and closes the connection. Never throws; safe to call twice. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#stream.destroy(), CLOSE_GRACE_MS);
    await this.end().catch(() => undefined);
    clearTimeout(timer);
  }

  /** Has the connection dropped when the signal aborts; queries under way reject with its reason. */
  dropWhen(signal: AbortSignal): void {
    const drop = () => {
      const { reason } = signal;
      this.#stream.destroy(reason instanceof Error ? reason : new Error("aborted", { cause: reason }));
    };
    signal.addEventListener("abort", drop, { once: true });
    this.once("end", () => signal.removeEventListener("abort", drop));
    if (signal.aborted) drop();
  }
}

function startupParameters(address: DatabaseAddress, options: SessionOptions): Record<string, string> {
  return {
    user: address.user,
    database: address.database,
    application_name: address.applicationName ?? options.applicationName,
    client_encoding: "UTF8",
    ...(address.options === undefined ? {} : { options: address.options }),
    ...(options.statementTimeoutMs === undefined
      ? {}
      : { statement_timeout: String(options.statementTimeoutMs) }),
  };
}

/** `pg` wants to open its stream, and to set socket options, which a tunnel has none of. */
function alreadyOpen(stream: Duplex): Duplex {
  return Object.assign(stream, {
    connect: () => {
      process.nextTick(() => stream.emit("connect"));
      return stream;
    },
    setNoDelay: () => stream,
  });
}

/**
 * Hangs up before anything of the password is sent, unless the server offers SCRAM-SHA-256-PLUS; and when it lets the
 * user in without having proved in that exchange that it knows the password. Returns what was wrong, if anything was.
 */
function requireBinding(connection: Connection, stream: Duplex): () => NoChannelBinding | undefined {
  let refused: NoChannelBinding | undefined;
  let proved = false;
  const refuse = () => {
    refused = new NoChannelBinding("no SCRAM-SHA-256-PLUS");
    stream.destroy(refused);
  };
  connection.on("authenticationSASL", (message: { readonly mechanisms: readonly string[] }) => {
    if (!message.mechanisms.includes("SCRAM-SHA-256-PLUS")) refuse();
  });
  connection.on("authenticationCleartextPassword", refuse);
  connection.on("authenticationMD5Password", refuse);
  connection.on("authenticationSASLFinal", () => {
    proved = true;
  });
  connection.on("authenticationOk", () => {
    if (!proved) refuse();
  });
  return () => refused;
}
