import { z } from "zod";
import { isEntityType } from "./entity.ts";

// Stricter than the service, which reads over what it does not know and takes numbers for strings and back: here
// every parameter must be one of those documented at https://core.telegram.org/bots/api, of the documented type.
// Outdated ones (disable_web_page_preview, reply_to_message_id) are not among them.

const integer = z.int();
const chatId = z.union([integer, z.string().regex(/^(@\w+|-?\d+)?$/, "neither a number nor @name")]);
const messageEntity = z.strictObject({
  type: z.string().refine(isEntityType, "no type of entity"),
  offset: integer,
  length: integer,
  url: z.string().optional(),
  language: z.string().optional(),
  user: z.strictObject({ id: integer }).optional(),
  custom_emoji_id: z.string().optional(),
});
const linkPreviewOptions = z.strictObject({
  is_disabled: z.boolean().optional(),
  url: z.string().optional(),
  prefer_small_media: z.boolean().optional(),
  prefer_large_media: z.boolean().optional(),
  show_above_text: z.boolean().optional(),
});
const parseMode = z.string();
const caption = {
  caption: z.string().optional(),
  parse_mode: parseMode.optional(),
  caption_entities: z.array(messageEntity).optional(),
  show_caption_above_media: z.boolean().optional(),
};
const send = {
  chat_id: chatId,
  message_thread_id: integer.optional(),
  disable_notification: z.boolean().optional(),
  protect_content: z.boolean().optional(),
  reply_parameters: z
    .strictObject({
      message_id: integer,
      allow_sending_without_reply: z.boolean().optional(),
    })
    .optional(),
};
const text = {
  text: z.string(),
  parse_mode: parseMode.optional(),
  entities: z.array(messageEntity).optional(),
  link_preview_options: linkPreviewOptions.optional(),
};
const inputMedia = z.strictObject({
  type: z.enum(["photo", "document", "video", "audio"]),
  media: z.string(),
  ...caption,
  has_spoiler: z.boolean().optional(),
  disable_content_type_detection: z.boolean().optional(),
});

// Where the file stands under the name of the parameter itself, there is no string.
export const schemas = {
  getMe: z.strictObject({}),
  getChat: z.strictObject({ chat_id: chatId }),
  sendChatAction: z.strictObject({
    chat_id: chatId,
    message_thread_id: integer.optional(),
    action: z.enum(["typing", "upload_photo", "upload_video", "upload_voice", "upload_document"]),
  }),
  sendMessage: z.strictObject({ ...send, ...text }),
  sendPhoto: z.strictObject({
    ...send,
    ...caption,
    photo: z.string().optional(),
    has_spoiler: z.boolean().optional(),
  }),
  sendDocument: z.strictObject({
    ...send,
    ...caption,
    document: z.string().optional(),
    disable_content_type_detection: z.boolean().optional(),
  }),
  sendMediaGroup: z.strictObject({ ...send, media: z.array(inputMedia) }),
  editMessageText: z.strictObject({ chat_id: chatId, message_id: integer, ...text }),
  editMessageCaption: z.strictObject({ chat_id: chatId, message_id: integer, ...caption }),
  deleteMessage: z.strictObject({ chat_id: chatId, message_id: integer }),
  pinChatMessage: z.strictObject({
    chat_id: chatId,
    message_id: integer,
    disable_notification: z.boolean().optional(),
  }),
} as const;

export type MethodName = keyof typeof schemas;
export type Parameters<Name extends MethodName> = z.infer<(typeof schemas)[Name]>;
export type InputEntity = z.infer<typeof messageEntity>;
export type SendParameters = Pick<
  Parameters<"sendMessage">,
  "chat_id" | "message_thread_id" | "disable_notification" | "protect_content" | "reply_parameters"
>;

/** Names of methods are read without regard to case. */
export function methodNamed(name: string): MethodName | undefined {
  const names = Object.keys(schemas) as MethodName[];
  return names.find((known) => known.toLowerCase() === name.toLowerCase());
}
