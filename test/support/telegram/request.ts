import type { Received } from "../http-server.ts";
import { badRequest, Misuse, Refusal } from "./refusal.ts";

export type UploadedFile = { readonly name: string; readonly type: string; readonly bytes: Buffer };

export type Decoded = {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The files of a multipart body by the name of their field. */
  readonly files: ReadonlyMap<string, UploadedFile>;
};

/** Bots upload files of up to 50 MB: https://core.telegram.org/bots/api#sending-files. */
const BODY_LIMIT = 50 * 1024 * 1024;
const INTEGERS = new Set(["message_id", "message_thread_id"]);
const STRINGS = new Set(["chat_id", "text", "caption", "parse_mode", "action", "photo", "document"]);

/** The parameters of a call, whichever of the three kinds of bodies carries them. */
export async function decodeRequest({ method, url, headers, body }: Received): Promise<Decoded> {
  if (url.includes("?")) throw new Misuse("parameters in the address end up in the logs of proxies");
  if (body.length > BODY_LIMIT) throw new Refusal(413, "Request Entity Too Large");
  const contentType = headers["content-type"] ?? "";
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (body.length === 0) return { parameters: {}, files: new Map() };
  if (method !== "POST") throw new Misuse(`a ${method} request with a body`);
  if (type === "application/json") return { parameters: decodeJson(body), files: new Map() };
  if (type === "application/x-www-form-urlencoded") {
    const fields = [...new URLSearchParams(decodeUtf8(body))];
    return { parameters: typed(fields), files: new Map() };
  }
  if (type === "multipart/form-data") return decodeMultipart(body, contentType);
  throw new Misuse(`a body of type '${type}', which is not read`);
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw badRequest("Strings must be encoded in UTF-8");
  }
}

function decodeJson(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(body));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw badRequest("Can't parse JSON object");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest("Can't parse JSON object");
  return value as Record<string, unknown>;
}

async function decodeMultipart(body: Buffer, contentType: string): Promise<Decoded> {
  let form: FormData;
  try {
    const blob = new Blob([new Uint8Array(body)]);
    form = await new Response(blob, { headers: { "content-type": contentType } }).formData();
  } catch {
    throw badRequest("Can't parse multipart/form-data");
  }
  const fields: [string, string][] = [];
  const files = new Map<string, UploadedFile>();
  for (const [name, value] of form) {
    if (typeof value === "string") fields.push([name, value]);
    else if (files.has(name)) throw new Misuse(`two files in the field ${name}`);
    else
      files.set(name, {
        name: value.name,
        type: value.type,
        bytes: Buffer.from(await value.arrayBuffer()),
      });
  }
  return { parameters: typed(fields), files };
}

/** Form fields are strings; what they stand for depends on the parameter. */
function typed(fields: readonly (readonly [string, string])[]): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const [name, value] of fields) {
    if (Object.hasOwn(parameters, name)) throw new Misuse(`the parameter ${name} twice`);
    parameters[name] = typedValue(name, value);
  }
  return parameters;
}

function typedValue(name: string, value: string): unknown {
  if (STRINGS.has(name)) return value;
  if (INTEGERS.has(name)) return /^-?\d+$/.test(value) ? Number(value) : value;
  try {
    return JSON.parse(value);
  } catch {
    throw badRequest(`Can't parse ${name} JSON object`);
  }
}
