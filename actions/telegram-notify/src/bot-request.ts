import * as z from "zod";
import { exchange, type HttpResponse } from "../../../shared/http/exchange.ts";
import { readRetryAfter } from "../../../shared/http/retry-after.ts";
import type { Agents } from "../../../shared/http/route.ts";
import { Redactor } from "../../../shared/runtime/redactor.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { tokenSecrets } from "./token.ts";

export type Upload = { readonly field: string; readonly name: string; readonly bytes: Buffer };

/** One call of a method of the Bot API. */
export type Call = {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly uploads?: readonly Upload[];
  /** Doing it twice is the same as doing it once. */
  readonly repeatable: boolean;
};

export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | {
      readonly ok: false;
      readonly code: number;
      readonly description: string;
      readonly retryAfterMs: number | undefined;
      readonly migratedTo: string | undefined;
    };

/** An answer that no Bot API server gives: a gateway, a proxy, or another server spoke. */
export class ForeignAnswer extends Error {
  override readonly name = "ForeignAnswer";
  readonly status: number;

  constructor(status: number, what: string) {
    super(`HTTP ${status}, ${what}`);
    this.status = status;
  }
}

const answerSchema = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error_code: z.int(),
    description: z.string(),
    parameters: z
      .object({
        retry_after: z.number().nonnegative().optional(),
        migrate_to_chat_id: z.union([z.int(), z.string().regex(/^-?\d+$/)]).optional(),
      })
      .optional(),
  }),
]);

export type Endpoint = { readonly agents: Agents; readonly apiUrl: string; readonly token: string };

const longestAnswer = 4 * 1024 * 1024;

/**
 * Sends a call once. The token stands in the path, so a redirect is an answer and is never followed. Rejects as
 * `exchange` does, or with a ForeignAnswer.
 */
export async function send(
  { agents, apiUrl, token }: Endpoint,
  call: Call,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly now: number },
): Promise<Answer> {
  const { body, type } = await encode(call);
  const response = await exchange(agents, {
    method: "POST",
    url: new URL(`${apiUrl}/bot${token}/${call.method}`),
    headers: { "content-type": type, "content-length": String(body.length), accept: "application/json" },
    body,
    timeoutMs: limits.timeoutMs,
    maxBodyBytes: longestAnswer,
    signal: limits.signal,
  });
  return read(response, token, limits.now);
}

async function encode({ parameters, uploads = [] }: Call): Promise<{ body: Buffer; type: string }> {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  if (uploads.length === 0) {
    return { body: Buffer.from(JSON.stringify(Object.fromEntries(given))), type: "application/json" };
  }
  const form = new FormData();
  for (const [name, value] of given)
    form.set(name, typeof value === "string" ? value : JSON.stringify(value));
  for (const { field, name, bytes } of uploads) form.set(field, new Blob([new Uint8Array(bytes)]), name);
  const encoded = new Response(form);
  return {
    body: Buffer.from(await encoded.arrayBuffer()),
    type: encoded.headers.get("content-type") ?? "multipart/form-data",
  };
}

function read({ status, headers, body }: HttpResponse, token: string, now: number): Answer {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new ForeignAnswer(
      status,
      `${remoteLine(headers["content-type"] ?? "no content type", { max: 60 })}`,
    );
  }
  const parsed = answerSchema.safeParse(value);
  if (!parsed.success) throw new ForeignAnswer(status, "in a form that is not the Bot API's");
  if (parsed.data.ok) return { ok: true, result: parsed.data.result };
  const { error_code: code, description, parameters } = parsed.data;
  const seconds = parameters?.retry_after;
  const migratedTo = parameters?.migrate_to_chat_id;
  return {
    ok: false,
    code,
    description: wordsOf(description, token),
    retryAfterMs: seconds === undefined ? readRetryAfter(headers["retry-after"], now) : seconds * 1_000,
    migratedTo: migratedTo === undefined ? undefined : String(migratedTo),
  };
}

/** What the server said, without the token should it repeat it: out before the cut, which could leave a part of it. */
function wordsOf(description: string, token: string): string {
  const redactor = new Redactor();
  for (const secret of tokenSecrets(token)) redactor.add(secret);
  return remoteLine(redactor.redact(description));
}
