import type { Answer, Received } from "../http-server.ts";
import { addressOf, type Provider, parametersOf, type Service, startProvider } from "./provider.ts";

/**
 * How the bot stands to a chat. `visible`: a public group or channel that it is not a member of, which it may look at
 * and not write to. `upgraded`: a group that has become a supergroup with another id.
 */
export type ChatState = "member" | "visible" | "kicked" | "muted" | "upgraded" | "deactivated";

export type TelegramOptions = {
  /** Tokens of bots that exist. */
  readonly tokens: readonly string[];
  readonly chats?: Readonly<Record<string, ChatState>>;
};

/** The id that an `upgraded` chat has now. */
export const UPGRADED_CHAT_ID = -1_001_234_567_890;

/** Starts the Bot API, with the words and orders of checks of its server (tdlib/telegram-bot-api, Client.cpp). */
export function startTelegram({ tokens, chats = {} }: TelegramOptions): Promise<Provider> {
  const service: Service = (request, effect) => {
    const [, token, method] =
      /^\/bot([^/]*)\/(\w+)$/.exec(decodeURIComponent(addressOf(request).pathname)) ?? [];
    if (token === undefined || method === undefined) return refusal(404, "Not Found");
    if (!isToken(token)) return refusal(401, "Unauthorized: invalid token specified");
    if (!tokens.includes(token)) return refusal(401, "Unauthorized");
    if (request.method !== "GET" && request.method !== "POST") return refusal(405, "Method Not Allowed");
    switch (method.toLowerCase()) {
      case "getme":
        return result({
          id: Number(token.split(":")[0]),
          is_bot: true,
          first_name: "Deploys",
          username: "deploys_bot",
        });
      case "getchat":
        return lookAt(stateOf(request, chats), request);
      case "sendchataction":
        return act(stateOf(request, chats), request);
      default:
        if (!/^(?:send|edit|delete|set|forward|leave|ban|getupdates|logout|close)/i.test(method))
          return refusal(404, "Not Found");
        effect(method);
        return result(true);
    }
  };
  return startProvider(service);
}

/** ClientManager::send: a colon, at most 80 characters, no leading zero, and a number as the bot's id. */
function isToken(token: string): boolean {
  return token.length <= 80 && !token.startsWith("0") && /^\d+:/.test(token);
}

function stateOf(request: Received, chats: Readonly<Record<string, ChatState>>): ChatState | undefined {
  const id = parametersOf(request).get("chat_id") ?? "";
  return Object.hasOwn(chats, id) ? chats[id] : undefined;
}

/** Reading is enough for getChat, so that a chat can be `visible` without being open to the bot. */
function lookAt(state: ChatState | undefined, request: Received): Answer {
  const id = parametersOf(request).get("chat_id") ?? "";
  if (id === "") return refusal(400, "Bad Request: chat_id is empty");
  if (state === undefined) return refusal(400, "Bad Request: chat not found");
  if (state === "kicked") return refusal(403, "Forbidden: bot was kicked from the supergroup chat");
  if (state === "upgraded") return upgraded();
  return result({ id: Number(id) || -1_000_000_000_001, type: "supergroup", title: "Deployments" });
}

function act(state: ChatState | undefined, request: Received): Answer {
  const parameters = parametersOf(request);
  if (!parameters.has("chat_id")) return refusal(400, "Bad Request: chat_id is empty");
  if (!["typing", "upload_photo", "upload_document"].includes(parameters.get("action") ?? ""))
    return refusal(400, "Bad Request: wrong parameter action in request");
  switch (state) {
    case undefined:
      return refusal(400, "Bad Request: chat not found");
    case "member":
      return result(true);
    case "visible":
      return refusal(403, "Forbidden: bot is not a member of the channel chat");
    case "kicked":
      return refusal(403, "Forbidden: bot was kicked from the supergroup chat");
    case "muted":
      return refusal(400, "Bad Request: not enough rights to send text messages to the chat");
    case "deactivated":
      return refusal(403, "Forbidden: the group chat was deleted");
    case "upgraded":
      return upgraded();
  }
}

function upgraded(): Answer {
  const description = "Bad Request: group chat was upgraded to a supergroup chat";
  const parameters = { migrate_to_chat_id: UPGRADED_CHAT_ID };
  return { status: 400, json: { ok: false, error_code: 400, description, parameters } };
}

function result(value: unknown): Answer {
  return { json: { ok: true, result: value } };
}

function refusal(status: number, description: string): Answer {
  return { status, json: { ok: false, error_code: status, description } };
}
