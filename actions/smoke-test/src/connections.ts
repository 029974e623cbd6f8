import type { Duplex } from "node:stream";
import { type Agents, openAgents } from "../../../shared/http/route.ts";
import { dial } from "../../../shared/net/dial.ts";
import type { SshConnection } from "../../../shared/ssh/connect.ts";

export type Via = "direct" | "ssh";

type Options = {
  /** Connects to the SSH server of the inputs; called at most once at a time. */
  readonly openSsh: () => Promise<SshConnection>;
  readonly ca: string | undefined;
  readonly env: Readonly<NodeJS.ProcessEnv>;
};

/** All connections of a run: pools by route, and the SSH connection, opened when the first check needs it. */
export class Connections {
  readonly ca: string | undefined;
  readonly #options: Options;
  readonly #pools = new Map<string, Agents>();
  #ssh: Promise<SshConnection> | undefined;

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

  /** A raw connection. Throws a UserError when the server is not reached. */
  stream(
    via: Via,
    host: string,
    port: number,
    limits: { signal: AbortSignal; timeoutMs: number; what: string },
  ): Promise<Duplex> {
    return via === "ssh" ? this.#forward(host, port) : dial({ host, port }, limits);
  }

  async #forward(host: string, port: number): Promise<Duplex> {
    this.#ssh ??= this.#options.openSsh();
    try {
      return await (await this.#ssh).forward(host, port);
    } catch (error) {
      // The next attempt begins with a new connection: this one may be what is broken.
      const broken = this.#ssh;
      this.#ssh = undefined;
      void broken?.then((ssh) => ssh.close()).catch(() => undefined);
      throw error;
    }
  }

  /** Closes everything. */
  async close(): Promise<void> {
    for (const agents of this.#pools.values()) {
      agents.http.destroy();
      agents.https.destroy();
    }
    await this.#ssh?.then((ssh) => ssh.close()).catch(() => undefined);
  }
}
