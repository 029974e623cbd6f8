import type { Answer } from "./bot-request.ts";

/** What to do about a refusal of the Bot API. */
export function hintFor({ code, description }: Answer & { readonly ok: false }): string {
  const found = hints.find(([answer, words]) => code === answer && words.test(description));
  return found?.[2] ?? "See the answer of the Bot API.";
}

const hints: readonly (readonly [number, RegExp, string])[] = [
  [401, /./, "The token was revoked or is not that of a bot: ask @BotFather for the current one."],
  [404, /./, "The token is not known to this server; is it complete, and is api-url right?"],
  [
    400,
    /chat not found/i,
    "Check chat-id: the id of a group starts with -, that of a channel or large group with -100. The bot must have been added to it, and a person must have written to the bot first.",
  ],
  [400, /thread not found/i, "Check thread-id: the topic does not exist, or was deleted."],
  [400, /not enough rights/i, "Give the bot the right to do this in the chat."],
  [403, /blocked by the user/i, "The person has blocked the bot."],
  [403, /initiate conversation/i, "The person must write to the bot first."],
  [403, /./, "Add the bot to the chat, as an administrator where only those may write."],
  [413, /./, "The files are too large for this server."],
];
