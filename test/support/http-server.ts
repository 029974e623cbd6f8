import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { Socket } from "node:net";
import { createSecureContext, type TLSSocket } from "node:tls";
import type { Certificate } from "./certificates.ts";
import { listenOnFreePort } from "./ports.ts";

export type Received = {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The name the client asked for in the TLS handshake, if any. */
  readonly servername: string | undefined;
};

export type Answer = {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** Sent as the body, with content-type application/json. */
  readonly json?: unknown;
};

/** Returns what to answer, or writes to `response` itself and returns nothing. */
export type Handler = (
  request: Received,
  response: ServerResponse,
) => Answer | undefined | Promise<Answer | undefined>;

export type HttpServer = {
  /** Scheme, host and port without a slash at the end; the host is 127.0.0.1, or localhost under TLS. */
  readonly origin: string;
  readonly port: number;
  /** Every request that came in whole, oldest first. */
  readonly requests: readonly Received[];
  /** How many connections were ever accepted. */
  connections(): number;
  /** Replaces the handler for the requests that follow. */
  answer(handler: Handler): void;
  /** Stops listening and drops every connection. Safe to call twice. */
  stop(): Promise<void>;
};

export type Tls = {
  readonly certificate: Certificate;
  /** Other certificates, by the name that the client asks for. */
  readonly byName?: Readonly<Record<string, Certificate>>;
};

/** Starts a web server on 127.0.0.1. A handler that throws answers 500 with the error's text. */
export async function startHttpServer(handler: Handler = () => ({}), tls?: Tls): Promise<HttpServer> {
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  let current = handler;

  const listener = async (message: IncomingMessage, response: ServerResponse) => {
    const received = await receive(message);
    if (received === undefined) return;
    requests.push(received);
    try {
      const answer = await current(received, response);
      if (answer !== undefined) send(response, answer);
    } catch (error) {
      send(response, { status: 500, body: `the test's handler failed: ${error}` });
    }
  };
  const server = tls === undefined ? createHttp(listener) : createHttps(tlsOptions(tls), listener);
  // Five seconds by default: on a busy machine a test comes back later, just as the server closes what lay idle.
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const port = await listenOnFreePort(server);

  return {
    origin: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    requests,
    connections: () => accepted,
    answer: (next) => {
      current = next;
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The request with its whole body, or nothing if the client went away before its end. */
async function receive(message: IncomingMessage): Promise<Received | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const servername = (message.socket as Partial<TLSSocket>).servername;
  return {
    method: message.method ?? "",
    url: message.url ?? "",
    headers: message.headers,
    body: Buffer.concat(chunks),
    // Node sets `false` where the client named no server.
    servername: typeof servername === "string" ? servername : undefined,
  };
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = answer.status ?? 200;
  if (answer.json !== undefined) response.setHeader("content-type", "application/json");
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.end(answer.json === undefined ? answer.body : JSON.stringify(answer.json));
}

function tlsOptions({ certificate, byName = {} }: Tls) {
  return {
    cert: certificate.cert,
    key: certificate.key,
    SNICallback: (
      name: string,
      done: (error: Error | null, context?: ReturnType<typeof createSecureContext>) => void,
    ) => {
      const { cert, key } = byName[name] ?? certificate;
      done(null, createSecureContext({ cert, key }));
    },
  };
}
