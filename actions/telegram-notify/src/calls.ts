import type { Attachment, Group } from "./attachments.ts";
import type { Call } from "./bot-request.ts";
import type { ChatPlan } from "./plan.ts";
import type { RichText } from "./rich-text.ts";

/** The call that sends a text; the first message of a delivery answers the one that it is to answer. */
export function messageCall(plan: ChatPlan, { text, entities }: RichText, first: boolean): Call {
  return {
    method: "sendMessage",
    parameters: {
      ...commonTo(plan, first),
      text,
      ...(entities.length === 0 ? {} : { entities }),
      link_preview_options: { is_disabled: !plan.linkPreview },
    },
    repeatable: false,
  };
}

/** The call that sends files of a kind: one by itself, several as an album. */
export function fileCall(plan: ChatPlan, group: Group, caption: RichText, first: boolean): Call {
  const [file, ...more] = group;
  if (file === undefined) throw new Error("a group of no files");
  const common = commonTo(plan, first);
  if (more.length === 0) {
    return {
      method: file.kind === "photo" ? "sendPhoto" : "sendDocument",
      parameters: { ...common, ...captionOf(caption) },
      uploads: [{ field: file.kind, name: file.name, bytes: file.bytes }],
      repeatable: false,
    };
  }
  const captioned = captionedOf(group);
  return {
    method: "sendMediaGroup",
    parameters: {
      ...common,
      media: group.map(({ kind }, index) => ({
        type: kind,
        media: `attach://file${index}`,
        ...(index === captioned ? captionOf(caption) : {}),
      })),
    },
    uploads: group.map(({ name, bytes }, index) => ({ field: `file${index}`, name, bytes })),
    repeatable: false,
  };
}

/**
 * Which file of a group has the caption. People see that of a photo album below it; documents show theirs one by one,
 * so it goes to the last.
 */
export function captionedOf(group: Group): number {
  return group[0]?.kind === "photo" ? 0 : group.length - 1;
}

/** The same files as documents, which Telegram leaves as they are. */
export function documentsOf(group: Group): Group {
  return group.map((file): Attachment => ({ ...file, kind: "document" }));
}

function captionOf({ text, entities }: RichText): Record<string, unknown> {
  if (text === "") return {};
  return { caption: text, ...(entities.length === 0 ? {} : { caption_entities: entities }) };
}

function commonTo({ thread, silent, protect, replyTo }: ChatPlan, first: boolean): Record<string, unknown> {
  return {
    ...(thread === undefined ? {} : { message_thread_id: thread }),
    ...(silent ? { disable_notification: true } : {}),
    ...(protect ? { protect_content: true } : {}),
    ...(first && replyTo !== undefined
      ? { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }
      : {}),
  };
}
