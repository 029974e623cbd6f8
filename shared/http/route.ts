import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
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
  const ca = route.ca === undefined ? {} : { ca: [...tls.getCACertificates("default"), route.ca] };
  if (forward !== undefined) return tunnelAgents(forward, keepAlive, ca);
  const lookup = address === undefined ? {} : { lookup: fixedLookup(address) };
  // `proxyEnv` needs Node.js 24.5; older runners leave it unread.
  const proxy = route.proxyEnv === undefined || address !== undefined ? {} : { proxyEnv: route.proxyEnv };
  return {
    http: new http.Agent({ keepAlive, ...lookup, ...proxy }),
    https: new https.Agent({ keepAlive, ...lookup, ...proxy, ...ca }),
  };
}

function fixedLookup(address: string): LookupFunction {
  const family = isIP(address);
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

type Connect = (error: Error | null, stream: Duplex) => void;
type Target = {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
};

function tunnelAgents(
  forward: NonNullable<Route["forward"]>,
  keepAlive: boolean,
  ca: { readonly ca?: string[] },
): Agents {
  const open = (target: Target, wrap: (raw: Duplex) => Duplex, callback: Connect): undefined => {
    forward(target.host ?? "localhost", Number(target.port)).then(
      (raw) => callback(null, wrap(raw)),
      (error: unknown) =>
        callback(error instanceof Error ? error : new Error(String(error)), undefined as never),
    );
  };
  const plain = new http.Agent({ keepAlive });
  const secure = new https.Agent({ keepAlive, ...ca });
  // Node.js documents `createConnection(options, callback)` as the way to bring one's own stream.
  plain.createConnection = (target, callback) => open(target, (raw) => raw, callback as Connect);
  secure.createConnection = (target, callback) =>
    open(
      target,
      (raw) => tls.connect({ ...(target as tls.ConnectionOptions), socket: raw }),
      callback as Connect,
    );
  return { http: plain, https: secure };
}
