import type { Handler, Received } from "../http-server.ts";

/** Ways in which a service fails that say nothing about the secrets it was given. */
export const troubles = {
  "is rate limited": () => ({ status: 429, headers: { "retry-after": "3" }, json: { error: "slow down" } }),
  "breaks down": () => ({ status: 500, json: { error: "internal" } }),
  "is in maintenance": () => ({ status: 503, headers: { "retry-after": "3600" }, body: "maintenance" }),
  "has a gateway that waits in vain": () => ({ status: 504, body: "gateway timeout" }),
  "breaks down and repeats the request": (request, response) => {
    // RFC 9112 lets a server put any text after the status, and error messages often quote it.
    response.statusMessage = printable(request.url).slice(0, 500);
    return { status: 500, headers: { "x-request": printable(request.url) }, json: repeated(request) };
  },
  "breaks down in the words of a refusal": () => ({
    status: 502,
    json: {
      ok: false,
      error: "invalid_auth",
      message: "Bad credentials",
      description: "Unauthorized",
      code: 50_027,
    },
  }),
  "answers with a page": () => ({
    headers: { "content-type": "text/html" },
    body: "<!doctype html><title>Just a moment...</title><p>Checking your browser.</p>",
  }),
  "answers with a page that repeats the request": (request) => ({
    headers: { "content-type": "text/html" },
    body: `<!doctype html><pre>${Object.values(repeated(request)).join("\n")}</pre>`,
  }),
  "answers with half of its JSON": () => ({
    headers: { "content-type": "application/json" },
    body: '{"ok":true,"result":{"id":1,',
  }),
  "hangs up in the middle of its answer": (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"ok":true,', () => response.destroy());
    return undefined;
  },
  "hangs up without an answer": (_request, response) => {
    response.destroy();
    return undefined;
  },
  "answers with nothing": () => ({ status: 200, body: "" }),
  "answers with an enormous page": () => ({ body: "x".repeat(16 << 20) }),
} as const satisfies Readonly<Record<string, Handler>>;

/** Never answers. */
export const silence: Handler = () => undefined;

/** Sends the client to another place, body and all, and tells that place what was asked. */
export function elsewhere(origin: string): Handler {
  return (request) => ({ status: 307, headers: { location: `${origin}${request.url}` } });
}

/** Answers this status with everything that was sent, in every field that services have for their reasons. */
export function repeats(status: number): Handler {
  return (request) => ({ status, json: repeated(request) });
}

function repeated(request: Received): Record<string, string> {
  const text = [request.method, request.url, JSON.stringify(request.headers), request.body.toString()].join(
    " ",
  );
  const basic = /^Basic (.*)$/i.exec(String(request.headers.authorization ?? ""))?.[1] ?? "";
  const forms = [
    text,
    safelyDecoded(text),
    Buffer.from(basic, "base64").toString(),
    Buffer.from(text).toString("base64"),
    Buffer.from(text).toString("hex"),
    JSON.stringify(text),
  ];
  const all = forms.join(" | ");
  const fields = ["error", "error_description", "description", "message", "code", "detail", "title"];
  return Object.fromEntries(fields.map((field) => [field, all]));
}

function safelyDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, "?");
}
