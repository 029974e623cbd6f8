import { randomBytes, randomInt } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { type Answer, type HttpServer, type Received, startHttpServer, type Tls } from "../http-server.ts";
import { flood, page, refuse, success, truncated } from "./answers.ts";
import type { Chat, ChatOptions } from "./chat.ts";
import { type Fault, Faults, type When } from "./fault.ts";
import { type Entry, Journal } from "./journal.ts";
import { type MethodName, methodNamed, schemas } from "./parameters.ts";
import { Misuse, Refusal } from "./refusal.ts";
import { type Decoded, decodeRequest } from "./request.ts";
import { Service } from "./service.ts";
import { Uploads } from "./upload.ts";

export type TelegramOptions = {
  readonly chats: readonly ChatOptions[];
  /** What stands before `/bot<token>/…` in the address, as on a server that shares its host. */
  readonly path?: string;
  readonly tls?: Tls;
};

export type Telegram = {
  /** For the `api-url` of a client. */
  readonly url: string;
  /** Of the real shape, made up for this server. */
  readonly token: string;
  readonly journal: Journal;
  readonly http: HttpServer;
  /** What callers did that the real service lets pass, and that is a mistake all the same. Expect it to be empty. */
  readonly misuses: readonly string[];
  chat(name: number | string): Chat;
  /** Makes a call to come fail. */
  fail(fault: Fault, when?: When): void;
  /** Forgets the faults that have not come. */
  heal(): void;
  stop(): Promise<void>;
};

/**
 * Starts a Bot API server that refuses what the real one refuses, as documented at
 * https://core.telegram.org/bots/api and read in tdlib/telegram-bot-api, and that keeps chats as people see them.
 */
export async function startTelegram(options: TelegramOptions): Promise<Telegram> {
  const service = new Service(options.chats);
  const token = `${randomInt(100_000_000, 999_999_999)}:AA${randomBytes(24).toString("base64url")}_`;
  const state = { service, token, path: options.path ?? "", ...empty() };
  const http = await startHttpServer((request, response) => handle(state, request, response), options.tls);
  return {
    url: `${http.origin}${state.path}`,
    token,
    http,
    journal: state.journal,
    misuses: state.misuses,
    chat: (name) => service.chat(name),
    fail: (fault, when = {}) => state.faults.plan(fault, when),
    heal: () => state.faults.clear(),
    stop: () => http.stop(),
  };
}

const empty = () => ({
  faults: new Faults(),
  journal: new Journal(),
  misuses: [] as string[],
  /** When a chat may be written to again, by the name under which the caller was told to wait. */
  waits: new Map<string, number>(),
});

type State = ReturnType<typeof empty> & {
  readonly service: Service;
  readonly token: string;
  readonly path: string;
};

async function handle(
  state: State,
  request: Received,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const entry: Entry = {
    method: "",
    parameters: {},
    files: [],
    headers: request.headers,
    code: 0,
    description: "",
  };
  const answered = (answer: Answer, description = ""): Answer => {
    Object.assign(entry, { code: answer.status ?? 200, description });
    return answer;
  };
  try {
    const method = findMethod(state, request);
    const decoded = await decodeRequest(request);
    const files = [...decoded.files].map(([field, { name, bytes }]) => ({ field, name, size: bytes.length }));
    Object.assign(entry, { method, parameters: decoded.parameters, files });
    const fault = state.faults.take(method, decoded.parameters["chat_id"]);
    state.journal.add(entry);
    if (fault === undefined) return answered(success(perform(state, method, decoded)));
    const answer = await fail(fault, state, () => perform(state, method, decoded), entry, response);
    return answer === undefined ? undefined : answered(answer, `the planned ${fault.kind}`);
  } catch (error) {
    if (!state.journal.entries.includes(entry)) state.journal.add(entry);
    if (error instanceof Misuse) state.misuses.push(`${entry.method}: ${error.message}`);
    if (error instanceof Refusal) return answered(refuse(error), error.description);
    state.misuses.push(`the fake server failed: ${error instanceof Error ? error.stack : String(error)}`);
    throw error;
  }
}

function findMethod({ token, path }: State, { url, method }: Received): MethodName {
  const parts = /^\/bot([^/]*)\/([^/?]*)/.exec(url.startsWith(path) ? url.slice(path.length) : "");
  if (parts === null) throw new Refusal(404, "Not Found");
  const [, given = "", name = ""] = parts;
  if (!given.includes(":") || given.startsWith("0") || given.length > 80)
    throw new Refusal(401, "Unauthorized: invalid token specified");
  if (decodeURIComponent(given) !== token) throw new Refusal(401, "Unauthorized");
  if (method !== "POST" && method !== "GET") throw new Refusal(405, "Method Not Allowed");
  const known = methodNamed(name);
  if (known === undefined) throw new Refusal(404, "Not Found: method not found");
  return known;
}

function perform(state: State, method: MethodName, { parameters, files }: Decoded): unknown {
  checkPatience(state, parameters["chat_id"]);
  const parsed = schemas[method].safeParse(parameters);
  if (!parsed.success)
    throw new Misuse(
      parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
    );
  const uploads = new Uploads(files);
  // The table has, for each method, the handler of that method's parameters.
  const handler = state.service.handlers[method] as (parameters: unknown, uploads: Uploads) => unknown;
  const { chats } = state.service;
  const before = chats.map(({ messages }) => messages.length);
  const result = handler(parsed.data, uploads);
  try {
    uploads.checkAllUsed();
  } catch (error) {
    for (const [index, chat] of chats.entries()) chat.messages.length = before[index] ?? 0;
    throw error;
  }
  return result;
}

/** Who was told to wait and did not is told again. */
function checkPatience({ waits }: State, chat: unknown): void {
  const left = (waits.get(String(chat)) ?? 0) - performance.now();
  // Timers may fire a millisecond early.
  if (left <= 1) return;
  const seconds = Math.ceil(left / 1000);
  throw new Misuse(
    `a call ${Math.round(left)} ms before the end of the wait it was told of`,
    new Refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds }),
  );
}

async function fail(
  fault: Fault,
  state: State,
  act: () => unknown,
  entry: Entry,
  response: ServerResponse,
): Promise<Answer | undefined> {
  switch (fault.kind) {
    case "flood":
      state.waits.set(String(entry.parameters["chat_id"]), performance.now() + fault.seconds * 1000);
      return flood(fault);
    case "error":
      return refuse(new Refusal(fault.code, fault.description));
    case "page":
      if (fault.after === true) act();
      return page(fault.status);
    case "truncated":
      return truncated(act());
    case "reset":
      if (fault.after === true) act();
      response.socket?.resetAndDestroy();
      return undefined;
    case "slow": {
      const result = act();
      await setTimeout(fault.ms);
      return success(result);
    }
    case "hang":
      if (fault.after === true) act();
      return undefined;
  }
}
