import http from "node:http";
import https from "node:https";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";

/** How connections reach a server. */
export type Route = {
  /** Connect to this IP address whatever the URL's host resolves to; Host header and TLS name stay the URL's. */
  readonly address?: string;
  /** Opens the raw connection instead of the network stack (an SSH tunnel). */
  readonly forward?: (host: string, port: number) => Promise<Duplex>;
  /** Certificates of authorities to trust besides the ones Node.js knows, PEM. */
  readonly ca?: string;
  /** Environment with HTTP_PROXY, HTTPS_PROXY and NO_PROXY; used for plain routes only. */
  readonly proxyEnv?: Readonly<NodeJS.ProcessEnv>;
  /** Keep connections open for the next request to the same origin. */
  readonly keepAlive: boolean;
};

export type Agents = { readonly http: http.Agent; readonly https: https.Agent };

/** The connection pools of one route. Destroy both when done. */
export function openAgents(route: Route): Agents {
  const { keepAlive, address, forward } = route;
  const trust: Trust = {
    // Said outright, because a job's environment may hold NODE_TLS_REJECT_UNAUTHORIZED=0.
    rejectUnauthorized: true,
    ...(route.ca === undefined ? {} : { ca: [...tls.getCACertificates("default"), route.ca] }),
  };
  if (forward !== undefined) return tunnelAgents(forward, keepAlive, trust);
  if (address !== undefined) return addressAgents(address, keepAlive, trust);
  // `proxyEnv` needs Node.js 24.5; older runners leave it unread.
  const proxy = route.proxyEnv === undefined ? {} : { proxyEnv: route.proxyEnv };
  return {
    http: new http.Agent({ keepAlive, ...proxy }),
    https: new https.Agent({ keepAlive, ...proxy, ...trust }),
  };
}

type Trust = { readonly rejectUnauthorized: true; readonly ca?: string[] };
type Connect = (error: Error | null, stream: Duplex) => void;
type Target = tls.ConnectionOptions & {
  readonly host?: string | null;
  readonly port?: number | string | null;
};

/** A lookup of one's own would not do: Node.js asks for none when the URL's host is an IP address. */
function addressAgents(address: string, keepAlive: boolean, trust: Trust): Agents {
  const plain = new http.Agent({ keepAlive });
  const secure = new https.Agent({ keepAlive, ...trust });
  const raw = ({ port }: Target): Socket => connect({ host: address, port: Number(port), noDelay: true });
  plain.createConnection = (target) => raw(target as Target);
  secure.createConnection = (target) => secured(target as Target, raw(target as Target));
  return { http: plain, https: secure };
}

function tunnelAgents(forward: NonNullable<Route["forward"]>, keepAlive: boolean, trust: Trust): Agents {
  const open = (target: Target, wrap: (raw: Duplex) => Duplex, callback: Connect): undefined => {
    forward(target.host ?? "localhost", Number(target.port)).then(
      (raw) => callback(null, wrap(raw)),
      (error: unknown) =>
        callback(error instanceof Error ? error : new Error(String(error)), undefined as never),
    );
  };
  const plain = new http.Agent({ keepAlive });
  const secure = new https.Agent({ keepAlive, ...trust });
  // Node.js documents `createConnection(options, callback)` as the way to bring one's own stream.
  plain.createConnection = (target, callback) => open(target as Target, poolable, callback as Connect);
  secure.createConnection = (target, callback) =>
    open(target as Target, (raw) => secured(target as Target, raw), callback as Connect);
  return { http: plain, https: secure };
}

/** A stream with what Node's pool calls on idle connections without asking, and only sockets have. */
function poolable(raw: Duplex): Duplex {
  const nothing = (): void => undefined;
  return Object.assign(raw, { setKeepAlive: nothing, setTimeout: nothing, ref: nothing, unref: nothing });
}

/** TLS over a stream. The certificate is checked for the target's name, wherever the stream leads. */
function secured(target: Target, raw: Duplex): tls.TLSSocket {
  return tls.connect({ ...target, socket: raw });
}
