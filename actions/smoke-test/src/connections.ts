import type { Duplex } from "node:stream";
import { type Agents, openAgents } from "../../../shared/http/route.ts";
import { dial } from "../../../shared/net/dial.ts";
import type { SshConnection } from "../../../shared/ssh/connect.ts";

export type Via = "direct" | "ssh";

type Options = {
  /** Connects to the SSH server of the inputs; called at most once at a time. */
  readonly openSsh: (signal: AbortSignal) => Promise<SshConnection>;
  readonly ca: string | undefined;
  readonly env: Readonly<NodeJS.ProcessEnv>;
};

/** All connections of a run: pools by route, and the SSH connection, opened when the first check needs it. */
export class Connections {
  readonly ca: string | undefined;
  readonly #options: Options;
  readonly #pools = new Map<string, Agents>();
  readonly #over = new AbortController();
  #ssh: Promise<SshConnection> | undefined;
  #openedSsh: SshConnection | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.ca = options.ca;
  }

  /** The pool for a route. Without `keepAlive` every request gets a connection of its own. */
  agents(via: Via, address: string | undefined, keepAlive = true): Agents {
    const key = `${via} ${address ?? ""} ${keepAlive}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const agents = openAgents({
      keepAlive,
      ...(address === undefined ? {} : { address }),
      ...(via === "ssh" ? { forward: (host, port) => this.#forward(address ?? host, port) } : {}),
      ...(this.ca === undefined ? {} : { ca: this.ca }),
      proxyEnv: this.#options.env,
    });
    this.#pools.set(key, agents);
    return agents;
  }

  /** A raw connection. Throws a UserError when the server is not reached, or the signal's reason. */
  stream(
    via: Via,
    host: string,
    port: number,
    limits: { signal: AbortSignal; timeoutMs: number; what: string },
  ): Promise<Duplex> {
    if (via === "direct") return dial({ host, port }, limits);
    return unlessAborted(this.#forward(host, port), limits.signal);
  }

  async #forward(host: string, port: number): Promise<Duplex> {
    return (await this.#connectSsh()).forward(host, port);
  }

  /** The one SSH connection; a new one when it could not be opened or was lost, so that a second try can succeed. */
  async #connectSsh(): Promise<SshConnection> {
    this.#ssh ??= this.#options.openSsh(this.#over.signal);
    const current = this.#ssh;
    const connection = await current.catch((error: unknown) => {
      if (this.#ssh === current) this.#ssh = undefined;
      throw error;
    });
    this.#openedSsh = connection;
    if (connection.isOpen()) return connection;
    if (this.#ssh === current) this.#ssh = undefined;
    return this.#connectSsh();
  }

  /** Closes everything. An SSH connection that is still being opened is not waited for. */
  async close(): Promise<void> {
    for (const agents of this.#pools.values()) {
      agents.http.destroy();
      agents.https.destroy();
    }
    await this.#openedSsh?.close();
    this.#over.abort(new Error("the run is over"));
  }
}

/** Opening a tunnel cannot be called off; one that comes too late is closed. */
function unlessAborted(opening: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason);
      opening.then((stream) => stream.destroy()).catch(() => undefined);
    };
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    opening.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
