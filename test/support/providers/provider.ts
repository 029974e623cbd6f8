import { type Answer, type Handler, type Received, startHttpServer, type Tls } from "../http-server.ts";

/** A service that answers over HTTP, as far as probes need it. */
export type Provider = {
  /** Scheme, host and port without a slash at the end. */
  readonly origin: string;
  readonly port: number;
  /** Every request, oldest first. */
  readonly requests: readonly Received[];
  /** What requests have changed or delivered at the service. A probe leaves none. */
  readonly effects: readonly string[];
  /**
   * The requests that follow meet this instead of the service, all but the first `spared`. Called without, the service is
   * back.
   */
  suffer(trouble?: Handler, spared?: number): void;
  stop(): Promise<void>;
};

export type Service = (
  request: Received,
  /** Says that the request has changed something. */
  effect: (what: string) => void,
) => Answer;

/** Starts a fake of a service, over plain HTTP unless it gets a certificate. */
export async function startProvider(service: Service, tls?: Tls): Promise<Provider> {
  const effects: string[] = [];
  const serve: Handler = (request) => service(request, (what) => void effects.push(what));
  const server = await startHttpServer(serve, tls);
  return {
    origin: server.origin,
    port: server.port,
    requests: server.requests,
    effects,
    suffer: (trouble = serve, spared = 0) => {
      let left = spared;
      server.answer((request, response) =>
        left-- > 0 ? serve(request, response) : trouble(request, response),
      );
    },
    stop: () => server.stop(),
  };
}

/** Path and query of a request. */
export function addressOf(request: Received): URL {
  return new URL(request.url, "http://service.invalid");
}

/** The value of a header that is sent once; the empty string when it is absent. */
export function headerOf(request: Received, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

/** What follows a scheme in the Authorization header; `undefined` with another scheme, or none. */
export function credentials(request: Received, scheme: string): string | undefined {
  const header = headerOf(request, "authorization");
  const [given = "", ...rest] = header.split(" ");
  return given.toLowerCase() === scheme.toLowerCase() ? rest.join(" ") : undefined;
}

/** The fields of a form, of a JSON object, and of the query, which is how most services take parameters. */
export function parametersOf(request: Received): ReadonlyMap<string, string> {
  const fields = new Map<string, string>(addressOf(request).searchParams);
  const type = headerOf(request, "content-type").split(";")[0];
  const text = request.body.toString();
  if (type === "application/x-www-form-urlencoded") {
    for (const [name, value] of new URLSearchParams(text)) fields.set(name, value);
  }
  if (type === "application/json") {
    const object: unknown = JSON.parse(text);
    for (const [name, value] of Object.entries(object ?? {})) fields.set(name, String(value));
  }
  return fields;
}
