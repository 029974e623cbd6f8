import { randomInt } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Attachment, Chat, type ChatOptions, type Message } from "./chat.ts";
import type { FormattedText } from "./formatted-text.ts";
import { captionOf, format } from "./input-text.ts";
import type { MethodName, Parameters, SendParameters } from "./parameters.ts";
import { badRequest, Misuse } from "./refusal.ts";
import type { Uploads } from "./upload.ts";

export const BOT = { id: 700_000_001, is_bot: true, first_name: "Deploy bot", username: "deploy_test_bot" };
const ALBUM = { least: 2, most: 10 };

type Handlers = { [Name in MethodName]: (parameters: Parameters<Name>, uploads: Uploads) => unknown };

/** The chats of a bot, and what its methods do to them. */
export class Service {
  readonly chats: Chat[];
  // Not from 1 in every chat, so that no caller can guess an id.
  #lastId = 1000 + randomInt(100);

  constructor(chats: readonly ChatOptions[]) {
    this.chats = chats.map((options) => new Chat(options));
  }

  readonly handlers: Handlers = {
    getMe: () => BOT,
    getChat: ({ chat_id }) => {
      const chat = this.chat(chat_id);
      if (chat.standing === "kicked") chat.checkWritable();
      return { ...describe(chat), accent_color_id: 0 };
    },
    sendChatAction: ({ chat_id }) => {
      this.chat(chat_id).checkWritable();
      return true;
    },
    sendMessage: (parameters) => {
      const linkPreview = parameters.link_preview_options?.is_disabled !== true;
      const { text, parse_mode: parseMode, entities } = parameters;
      return this.#send(parameters, () => [
        { text: format({ text, parseMode, entities }, "message"), linkPreview, file: undefined },
      ])[0];
    },
    sendPhoto: (parameters, uploads) =>
      this.#send(parameters, () => [
        { text: captionOf(parameters), file: uploads.take("photo", parameters.photo, "photo") },
      ])[0],
    sendDocument: (parameters, uploads) =>
      this.#send(parameters, () => [
        { text: captionOf(parameters), file: uploads.take("document", parameters.document, "document") },
      ])[0],
    sendMediaGroup: (parameters, uploads) => this.#sendAlbum(parameters, uploads),
    editMessageText: (parameters) => {
      const { chat, message } = this.#toEdit(parameters);
      if (message.file !== undefined) throw badRequest("There is no text in the message to edit");
      const { text, parse_mode: parseMode, entities } = parameters;
      const linkPreview = parameters.link_preview_options?.is_disabled !== true;
      return edit(chat, message, format({ text, parseMode, entities }, "message"), linkPreview);
    },
    editMessageCaption: (parameters) => {
      const { chat, message } = this.#toEdit(parameters);
      if (message.file === undefined) throw badRequest("There is no caption in the message to edit");
      return edit(chat, message, captionOf(parameters), message.linkPreview);
    },
    deleteMessage: ({ chat_id, message_id }) => {
      const chat = this.chat(chat_id);
      chat.checkWritable();
      const message = chat.message(message_id);
      if (message === undefined) throw badRequest("Message to delete not found");
      // "A message can only be deleted if it was sent less than 48 hours ago."
      if (Date.now() - message.sentAt.getTime() > 48 * 3_600_000)
        throw badRequest("Message can't be deleted");
      chat.remove(message_id);
      return true;
    },
    pinChatMessage: ({ chat_id, message_id, disable_notification }) => {
      const chat = this.chat(chat_id);
      chat.checkWritable();
      const message = chat.message(message_id);
      if (message === undefined) throw badRequest("Message to pin not found");
      if (!chat.canPin && chat.type !== "private")
        throw badRequest("Not enough rights to manage pinned messages in the chat");
      message.pinned = true;
      message.pinSilent = disable_notification === true;
      return true;
    },
  };

  /** The chat that a caller names. Users have no @name as far as bots are concerned. */
  chat(name: number | string): Chat {
    if (name === "") throw badRequest("Chat_id is empty");
    const chat = this.chats.find((one) =>
      typeof name === "string" && name.startsWith("@")
        ? one.type !== "private" && one.username?.toLowerCase() === name.slice(1).toLowerCase()
        : one.id === Number(name),
    );
    if (chat === undefined) throw badRequest("Chat not found");
    return chat;
  }

  #toEdit({ chat_id, message_id }: { readonly chat_id: number | string; readonly message_id: number }) {
    const chat = this.chat(chat_id);
    chat.checkWritable();
    const message = chat.message(message_id);
    if (message === undefined) throw badRequest("Message to edit not found");
    return { chat, message };
  }

  #sendAlbum(parameters: Parameters<"sendMediaGroup">, uploads: Uploads): unknown {
    const { media } = parameters;
    if (media.length < ALBUM.least) throw new Misuse(`an album of ${media.length}: it takes 2 to 10 files`);
    if (media.length > ALBUM.most) throw badRequest("Too many messages to send as an album");
    for (const lonely of ["document", "audio"] as const)
      if (media.some(({ type }) => type === lonely) && media.some(({ type }) => type !== lonely))
        throw badRequest(`${lonely} can't be mixed with other media types`);
    return this.#send(parameters, () =>
      media.map((item) => ({ text: captionOf(item), file: uploads.take(item.type, item.media) })),
    );
  }

  #send(
    parameters: SendParameters,
    contents: () => { text: FormattedText; file: Attachment | undefined; linkPreview?: boolean }[],
  ): unknown[] {
    const chat = this.chat(parameters.chat_id);
    chat.checkWritable();
    const thread = chat.topicOf(parameters.message_thread_id);
    const items = contents();
    const wanted = parameters.reply_parameters;
    const found = wanted === undefined ? undefined : chat.message(wanted.message_id);
    if (wanted !== undefined && found === undefined && wanted.allow_sending_without_reply !== true)
      throw badRequest("Message to be replied not found");
    const album = items.length > 1 ? String(randomInt(2 ** 40)) : undefined;
    return items.map(({ text, file, linkPreview = false }) => {
      this.#lastId++;
      const message: Message = {
        id: this.#lastId,
        sentAt: new Date(),
        thread,
        ...text,
        file,
        album,
        replyTo: found?.id,
        silent: parameters.disable_notification === true,
        protected: parameters.protect_content === true,
        linkPreview,
        pinned: false,
        earlier: [],
      };
      chat.messages.push(message);
      return answerOf(chat, message);
    });
  }
}

function edit(chat: Chat, message: Message, text: FormattedText, linkPreview: boolean): unknown {
  const same =
    message.text === text.text &&
    isDeepStrictEqual(message.entities, text.entities) &&
    message.linkPreview === linkPreview;
  if (same)
    throw badRequest(
      "Message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    );
  message.earlier.push(message.text);
  Object.assign(message, text, { linkPreview });
  return answerOf(chat, message);
}

const describe = ({ id, type, title, username }: Chat) => ({
  id,
  type,
  ...(type === "private" ? { first_name: title } : { title }),
  ...(username === undefined ? {} : { username }),
});

function answerOf(chat: Chat, message: Message): Record<string, unknown> {
  const isText = message.file === undefined;
  return {
    message_id: message.id,
    from: BOT,
    chat: describe(chat),
    date: Math.floor(message.sentAt.getTime() / 1000),
    ...(message.thread === undefined ? {} : { message_thread_id: message.thread, is_topic_message: true }),
    ...(message.album === undefined ? {} : { media_group_id: message.album }),
    ...(message.replyTo === undefined ? {} : { reply_to_message: { message_id: message.replyTo } }),
    [isText ? "text" : "caption"]: message.text,
    [isText ? "entities" : "caption_entities"]: message.entities,
  };
}
