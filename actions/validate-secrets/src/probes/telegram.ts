import { remoteLine } from "../../../../shared/runtime/remote-text.ts";
import { type Answer, ask, below, type Json, jsonOf, textOf, unexpected } from "./ask.ts";
import { accepted, type Filled, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

/**
 * Asks who the bot is, and whether it may write to the chat. getChat alone succeeds for public chats that the bot is no
 * member of; sendChatAction checks the right to write and leaves no message (telegram-bot-api, Client.cpp).
 */
export async function probeTelegram(config: Filled<"telegram">, context: ProbeContext): Promise<ProbeAnswer> {
  const call = (method: string, parameters?: Json): Promise<Answer> =>
    ask(
      {
        method: parameters === undefined ? "GET" : "POST",
        url: below(config["api-url"] ?? "https://api.telegram.org", `/bot${config.token}/${method}`),
        ...(parameters === undefined
          ? {}
          : { headers: { "content-type": "application/json" }, body: JSON.stringify(parameters) }),
      },
      context,
    );
  const me = await call("getMe");
  const bot = jsonOf(me);
  if (bot["ok"] !== true) return botRefused(me, bot);
  const username = remoteLine(textOf(bot, "result", "username"), { max: 64 });
  if (username === "") throw unexpected(me.status);
  const details = { bot: username };
  const chatId = config["chat-id"];
  if (chatId === undefined) return accepted(`the bot is @${username}`, details);

  const chat = jsonOf(await call("getChat", { chat_id: chatId }));
  if (chat["ok"] !== true) return chatRefused(chat, details);
  const type = remoteLine(textOf(chat, "result", "type"), { max: 32 });
  const topic = config["topic-id"];
  const action = {
    chat_id: chatId,
    action: "typing",
    ...(topic === undefined ? {} : { message_thread_id: Number(topic) }),
  };
  const typing = jsonOf(await call("sendChatAction", action));
  if (typing["ok"] !== true) return chatRefused(typing, { ...details, chat: type });
  return accepted(`@${username} may write to the ${type}`, { ...details, chat: type });
}

function botRefused({ status }: Answer, json: Json): ProbeAnswer {
  if (json["ok"] !== false || (status !== 401 && status !== 404)) throw unexpected(status);
  return refused(
    "invalid",
    ["token"],
    "Telegram does not know this bot token",
    "Ask @BotFather for the token: /token.",
  );
}

/** What Telegram's server answers about a chat: telegram-bot-api, Client.cpp (check_chat_access and others). */
function chatRefused(json: Json, details: Readonly<Record<string, string>>): ProbeAnswer {
  const code = Number(textOf(json, "error_code"));
  const text = textOf(json, "description").toLowerCase();
  const chat = ["chat-id"];
  if (json["ok"] !== false) throw unexpected(code);
  const moved = textOf(json, "parameters", "migrate_to_chat_id");
  if (moved !== "") {
    const mend = `Set it to the new ID, ${remoteLine(moved, { max: 32 })}.`;
    return refused("invalid", chat, "the group became a supergroup, and has a new ID", mend, details);
  }
  if (code === 403) {
    const why = /blocked/.test(text)
      ? "the user has blocked the bot"
      : /kicked/.test(text)
        ? "the bot was removed from the chat"
        : "the bot is no member of the chat, or may not write there";
    return refused(
      "insufficient",
      chat,
      why,
      "Add the bot to the chat; in a channel, as an administrator.",
      details,
    );
  }
  if (code === 400 && /not enough rights|have no rights|chat_write_forbidden|need administrator/.test(text)) {
    const mend = "Let the bot post there: make it an administrator, or lift the restriction.";
    return refused("insufficient", chat, "the bot may not write to the chat", mend, details);
  }
  if (code === 400 && /thread not found|topic/.test(text))
    return refused(
      "invalid",
      ["topic-id"],
      "the chat has no such open topic",
      "Take the ID from the topic's link.",
      details,
    );
  if (code === 400 && /chat not found|chat_id is empty|peer_id_invalid|user not found/.test(text)) {
    const mend =
      "Check the number (groups have a minus sign); the bot must have been in the chat, or been written to.";
    return refused("invalid", chat, "Telegram finds no such chat for the bot", mend, details);
  }
  throw unexpected(code);
}
