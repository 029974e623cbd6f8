import { type BotApi, CallFailed, type Done } from "./bot-api.ts";
import type { Call } from "./bot-request.ts";
import type { ChatId } from "./chat.ts";
import type { RichText } from "./rich-text.ts";

/** Calls about one chat, wherever it has gone. */
export class ChatCalls {
  readonly #api: BotApi;
  readonly #remark: (text: string) => void;
  #chat: ChatId;

  /** `remark` is told what the user should know. */
  constructor(chat: ChatId, api: BotApi, remark: (text: string) => void) {
    this.#chat = chat;
    this.#api = api;
    this.#remark = remark;
  }

  /** Carries out a call in the chat; a group that has become another is followed. Errors as of {@link BotApi.call}. */
  async call(call: Call): Promise<Done> {
    const at = (chat: ChatId): Call => ({
      ...call,
      parameters: { chat_id: chat.startsWith("@") ? chat : Number(chat), ...call.parameters },
    });
    try {
      return await this.#api.call(at(this.#chat));
    } catch (error) {
      const to = error instanceof CallFailed ? error.answer?.migratedTo : undefined;
      if (to === undefined || to === this.#chat) throw error;
      this.#remark(`The group ${this.#chat} has become ${to}: write ${to} into chat-id.`);
      this.#chat = to;
      return this.#api.call(at(to));
    }
  }

  /** The same with a formatted text; plain where the server does not take the formatting, so that it arrives at all. */
  async withText(text: RichText, callFor: (text: RichText) => Call): Promise<Done> {
    try {
      return await this.call(callFor(text));
    } catch (error) {
      if (text.entities.length === 0 || !isRefusal(error, /entit(?:y|ies)/i)) throw error;
      this.#remark(`Telegram did not take the formatting; the text was sent without it (${error.message}).`);
      return this.call(callFor({ text: text.text, entities: [] }));
    }
  }
}

/** Whether the server refused a call in these words. */
export function isRefusal(error: unknown, words: RegExp): error is CallFailed {
  return error instanceof CallFailed && error.answer?.code === 400 && words.test(error.answer.description);
}
