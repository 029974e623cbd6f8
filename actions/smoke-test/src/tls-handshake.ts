import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { HttpTimeout } from "../../../shared/http/exchange.ts";

export type Handshake = {
  readonly socket: tls.TLSSocket;
  /** The code of what is wrong with the certificate (chain, dates, host name); `undefined` when it is good. */
  readonly fault: string | undefined;
  readonly certificate: tls.PeerCertificate;
};

type Options = {
  /** The name that the certificate must be for, and that the server is asked for. */
  readonly host: string;
  readonly ca: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/**
 * Shakes hands over a raw connection. A bad certificate does not reject, so that the caller can say what is in it: send
 * nothing before looking at `fault`. The socket's errors are its owner's from here on.
 */
export async function shakeHands(raw: Duplex, { host, ca, timeoutMs, signal }: Options): Promise<Handshake> {
  const socket = tls.connect({
    socket: raw,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca: [...tls.getCACertificates("default"), ca] }),
    rejectUnauthorized: false,
  });
  const late = setTimeout(() => socket.destroy(new HttpTimeout("no answer in time")), timeoutMs);
  const onAbort = (): void => void socket.destroy(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
    });
  } catch (error) {
    raw.on("error", () => undefined).destroy();
    throw error;
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", onAbort);
  }
  const fault = socket.authorized ? undefined : faultCode(socket.authorizationError);
  return { socket, fault, certificate: socket.getPeerCertificate() };
}

/** Typed as an Error, Node.js sets the code itself where there is one. */
function faultCode(error: unknown): string {
  if (typeof error === "string") return error;
  return error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
}
