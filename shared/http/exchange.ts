import http, { type IncomingHttpHeaders } from "node:http";
import https from "node:https";
import { promisify } from "node:util";
import zlib from "node:zlib";
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

/** Sends one request and reads the whole answer; redirects are answers. Rejects with Node's network errors. */
export function exchange(agents: Agents, request: HttpRequest): Promise<HttpResponse> {
  const { method, url, headers, body, timeoutMs, maxBodyBytes, signal } = request;
  const secure = url.protocol === "https:";
  const send = secure ? https.request : http.request;
  const agent = secure ? agents.https : agents.http;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const outgoing = send(url, { method, headers, agent });
    // What made us give up; the stream's own error is then only its echo.
    let cause: unknown;
    const giveUp = (reason: unknown): void => {
      cause ??= reason;
      outgoing.destroy();
    };
    const timer = setTimeout(() => giveUp(new HttpTimeout(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const onAbort = (): void => giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const fail = (error: unknown): void => {
      settle();
      reject(cause ?? error);
    };
    outgoing.once("error", fail);
    outgoing.once("close", () => cause !== undefined && fail(cause));
    outgoing.once("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBodyBytes) giveUp(tooLarge(maxBodyBytes));
        else chunks.push(chunk);
      });
      response.once("error", fail);
      response.once("end", () => {
        const raw = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        decode(raw, response.headers["content-encoding"], maxBodyBytes).then((content) => {
          settle();
          resolve({ url, status: response.statusCode ?? 0, headers: response.headers, body: content });
        }, fail);
      });
    });
    outgoing.end(body);
  });
}

const decoders: Readonly<
  Record<string, (raw: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  "x-gzip": promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  deflate: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate),
  br: promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress),
  zstd: promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress),
};

/** Servers compress though `identity` was asked for; the limit also stops decompression bombs. */
async function decode(raw: Buffer, encoding: string | undefined, max: number): Promise<Buffer> {
  const name = (encoding ?? "identity").trim().toLowerCase();
  if (name === "identity" || raw.length === 0) return raw;
  const decoder = decoders[name];
  if (decoder === undefined) throw new HttpBodyError(`the answer has the unknown content-encoding "${name}"`);
  try {
    return await decoder(raw, { maxOutputLength: max });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(max);
    throw new HttpBodyError(`the answer says content-encoding "${name}" and is not that`, { cause: error });
  }
}

function tooLarge(max: number): HttpBodyError {
  return new HttpBodyError(`the answer is larger than ${Math.round(max / 1024)} KiB`);
}
