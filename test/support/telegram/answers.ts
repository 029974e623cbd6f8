import type { Answer } from "../http-server.ts";
import type { Fault } from "./fault.ts";
import type { Refusal } from "./refusal.ts";

/** The answer to too many requests. */
export function flood({ seconds, tells = "both" }: Extract<Fault, { kind: "flood" }>): Answer {
  const inHeader = tells === "both" || tells === "header";
  const inBody = tells === "both" || tells === "body";
  return {
    status: 429,
    headers: inHeader ? { "retry-after": String(seconds) } : {},
    json: {
      ok: false,
      error_code: 429,
      description: inBody ? `Too Many Requests: retry after ${seconds}` : "Too Many Requests",
      ...(inBody ? { parameters: { retry_after: seconds } } : {}),
    },
  };
}

export const success = (result: unknown): Answer => ({ json: { ok: true, result } });

export function refuse({ code, description, parameters }: Refusal): Answer {
  return {
    status: code,
    headers: parameters.retry_after === undefined ? {} : { "retry-after": String(parameters.retry_after) },
    json: {
      ok: false,
      error_code: code,
      description,
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    },
  };
}

/** What a gateway says when the service behind it does not. */
export const page = (status: number): Answer => ({
  status,
  headers: { "content-type": "text/html" },
  body: `<html>\r\n<head><title>${status}</title></head>\r\n<body><center><h1>${status}</h1></center></body>\r\n</html>\r\n`,
});

/** The first half of an answer, as if that were all. */
export function truncated(result: unknown): Answer {
  const whole = JSON.stringify({ ok: true, result });
  const body = whole.slice(0, Math.floor(whole.length / 2));
  return { headers: { "content-type": "application/json" }, body };
}
