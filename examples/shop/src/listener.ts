import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Answer, Route } from "./routes.ts";

const BODY_LIMIT = 10_000;

/** Something wrong with a request, told to whoever sent it. */
class BadRequest extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers requests by the routes, in JSON. What goes wrong inside is logged, and not told. */
export function listener(routes: Readonly<Record<string, Route>>): RequestListener {
  return async (message, response) => {
    try {
      send(response, await answer(routes, message));
    } catch (error) {
      if (!(error instanceof BadRequest)) console.error(`${message.method} ${pathOf(message)}: ${error}`);
      const [status, text] =
        error instanceof BadRequest ? [error.status, error.message] : [500, "something went wrong"];
      send(response, { status, body: { error: text } });
    }
  };
}

async function answer(routes: Readonly<Record<string, Route>>, message: IncomingMessage): Promise<Answer> {
  const path = pathOf(message);
  const route = routes[`${message.method} ${path}`];
  if (route !== undefined) return route({ headers: message.headers, json: () => readJson(message) });
  const methods = Object.keys(routes)
    .filter((key) => key.endsWith(` ${path}`))
    .map((key) => key.slice(0, -path.length - 1));
  if (methods.length === 0) return { status: 404, body: { error: "there is nothing here" } };
  return { status: 405, headers: { allow: methods.join(", ") }, body: { error: "not with this method" } };
}

/** The path alone: a query may hold what does not belong into a log. */
function pathOf(message: IncomingMessage): string {
  return (message.url ?? "").replace(/\?.*$/s, "");
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT) throw new BadRequest(413, `the body is longer than ${BODY_LIMIT} bytes`);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new BadRequest(400, "the body is not JSON");
  }
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.writeHead(status, { ...headers, "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
