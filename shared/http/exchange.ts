import http, { type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { errorCode } from "../net/reason.ts";
import type { Agents } from "./route.ts";

export type HttpRequest = {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** For everything from the connection to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** A longer body is an error. Bytes, after decompression. */
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal;
  /** Called when the connection is there, TLS included. Nothing of the request has left before that. */
  readonly onConnected?: () => void;
};

export type HttpResponse = {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** No answer within the request's `timeoutMs`. */
export class HttpTimeout extends Error {
  override readonly name = "HttpTimeout";
}

/** An answer that is larger than allowed, or that cannot be decoded. */
export class HttpBodyError extends Error {
  override readonly name = "HttpBodyError";
}

// Methods that change nothing (RFC 9110 section 9.2.1); only these are sent again without being asked.
const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** Whether a request with this method may be repeated without harm. */
export function isSafe(method: string): boolean {
  return SAFE.has(method.toUpperCase());
}

/** A kept connection that the server had closed before the request reached it. */
class StaleConnection extends Error {}

/**
 * Sends one request and reads the whole answer; a redirect is an answer, and so is a switch to another protocol (101),
 * after which the connection is closed. Rejects with HttpTimeout, HttpBodyError, the signal's reason, or Node's own
 * network error. A kept connection that turns out to be closed says nothing about the server (RFC 9112 section 9.3.1):
 * a safe request is then sent once more for each such connection, within the same `timeoutMs`.
 */
export async function exchange(agents: Agents, request: HttpRequest): Promise<HttpResponse> {
  const started = performance.now();
  for (;;) {
    const leftMs = Math.max(1, Math.round(request.timeoutMs - (performance.now() - started)));
    try {
      return await exchangeOnce(agents, request, leftMs);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
    }
  }
}

function exchangeOnce(agents: Agents, request: HttpRequest, timeoutMs: number): Promise<HttpResponse> {
  const { method, url, headers, body, maxBodyBytes, signal } = request;
  const secure = url.protocol === "https:";
  const send = secure ? https.request : http.request;
  const agent = secure ? agents.https : agents.http;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const outgoing = send({ ...targetOf(url), method, headers, agent });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    // At once, not when the stream says that it is closed: one that still waits for its tunnel never says so.
    const fail = (reason: unknown): void => {
      settle();
      reject(reason);
      outgoing.destroy();
    };
    const timer = setTimeout(() => fail(new HttpTimeout(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const answer = ({ statusCode, headers: received }: IncomingMessage, content: Buffer): void => {
      settle();
      resolve({ url, status: statusCode ?? 0, headers: received, body: content });
    };
    const { onConnected } = request;
    if (onConnected !== undefined) outgoing.once("socket", (socket) => whenConnected(socket, onConnected));
    outgoing.on("error", (error) => {
      const closed = outgoing.reusedSocket && /^(?:ECONNRESET|EPIPE)$/.test(errorCode(error));
      fail(closed && isSafe(method) ? new StaleConnection() : error);
    });
    outgoing.once("upgrade", (response, socket) => {
      socket.destroy();
      answer(response, Buffer.alloc(0));
    });
    outgoing.once("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBodyBytes) fail(tooLarge(maxBodyBytes));
        else chunks.push(chunk);
      });
      response.on("error", fail);
      response.once("end", () => {
        const raw = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        const encoding = (response.headers["content-encoding"] || "identity").trim().toLowerCase();
        if (encoding === "identity" || raw.length === 0) answer(response, raw);
        else decode(raw, encoding, maxBodyBytes).then((content) => answer(response, content), fail);
      });
    });
    outgoing.end(body);
  });
}

function whenConnected(socket: Socket, report: () => void): void {
  // Not in the types: whether the handshake of a TLS socket, and the check of the certificate, are still to come.
  if (Reflect.get(socket, "secureConnecting") === true) socket.once("secureConnect", report);
  else if (socket.connecting) socket.once("connect", report);
  else report();
}

/** What Node.js itself makes of a URL, without the half that it never looks at: each part of a URL is cut out when read. */
function targetOf(url: URL): http.RequestOptions {
  const { hostname, port, username, password } = url;
  const target = {
    protocol: url.protocol,
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port,
    path: url.pathname + url.search,
  };
  if (username === "" && password === "") return target;
  return { ...target, auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
}

type Decoder = (raw: Buffer, limit: { readonly maxOutputLength: number }) => Promise<Buffer>;

const decoders: Readonly<Record<string, Decoder>> = {
  gzip: (raw, limit) => promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)(raw, limit),
  "x-gzip": (raw, limit) => promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)(raw, limit),
  deflate: (raw, limit) => promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate)(raw, limit),
  br: (raw, limit) => promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress)(raw, limit),
  // Looked up when it is needed: Node.js before 22.15, which local runners may start, has none.
  zstd: (raw, limit) => promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress)(raw, limit),
};

/** Servers compress though `identity` was asked for; the limit also stops decompression bombs. */
async function decode(raw: Buffer, encoding: string, max: number): Promise<Buffer> {
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (decoder === undefined)
    throw new HttpBodyError(`the answer has the unknown content-encoding "${encoding}"`);
  try {
    return await decoder(raw, { maxOutputLength: max });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(max);
    throw new HttpBodyError(`the answer says content-encoding "${encoding}" and is not that`, {
      cause: error,
    });
  }
}

function tooLarge(max: number): HttpBodyError {
  return new HttpBodyError(`the answer is larger than ${Math.round(max / 1024)} KiB`);
}
