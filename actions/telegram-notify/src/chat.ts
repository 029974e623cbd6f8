import * as z from "zod";
import { parseList, ValueError } from "../../../shared/runtime/values.ts";

/** A chat as the user wrote it: a number, or the `@name` of a public channel or group. */
export type ChatId = string;

const chatForm = /^(?:-?[1-9]\d{0,15}|@[A-Za-z]\w{3,31})$/;

/** The chats of a list, each once. Throws a ValueError for an entry that is no chat. */
export function parseChats(text: string): readonly ChatId[] {
  const chats = [...new Set(parseList(text))];
  if (chats.length > 0 && chats.every((chat) => chatForm.test(chat))) return chats;
  throw new ValueError(
    "must be chat ids, separated by commas or lines: numbers such as -1001234567890, or names such as @team",
  );
}

/** Messages by chat; under the empty name the one that was given for whichever chat there is. */
export type MessagesByChat = ReadonlyMap<ChatId, readonly number[]>;

const id = z.int().positive();
const byChatSchema = z.record(z.string(), z.union([id, z.array(id)]));

/** Reads one number, or the JSON that the output `message-id` gives: `{"-1001234567890": 42}`. */
export function parseMessages(text: string): MessagesByChat {
  if (/^[1-9]\d{0,15}$/.test(text)) return new Map([["", [Number(text)]]]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = byChatSchema.safeParse(value);
  if (!parsed.success) {
    throw new ValueError("must be the output message-id of an earlier step, or one number");
  }
  return new Map(Object.entries(parsed.data).map(([chat, ids]) => [chat, [ids].flat()]));
}

/** The messages that belong to a chat. */
export function messagesOf(messages: MessagesByChat | undefined, chat: ChatId): readonly number[] {
  return messages?.get(chat) ?? messages?.get("") ?? [];
}

/** The JSON of {@link parseMessages}: a number where there is one message, a list where there are several. */
export function messagesJson(messages: MessagesByChat): string {
  const value = [...messages].map(([chat, ids]) => [chat, ids.length === 1 ? ids[0] : ids]);
  return JSON.stringify(Object.fromEntries(value));
}
