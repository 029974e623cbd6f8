import type { Group } from "./attachments.ts";
import { type ChatId, type MessagesByChat, messagesOf } from "./chat.ts";
import { type Composed, captionLimit } from "./compose.ts";
import type { RichText } from "./rich-text.ts";
import { fits } from "./split.ts";

export type Options = {
  readonly silent: boolean;
  readonly protect: boolean;
  readonly pin: boolean;
  readonly linkPreview: boolean;
  readonly thread: number | undefined;
};

/** What is to be done in one chat, decided before anything is sent. */
export type ChatPlan = Options & {
  readonly chat: ChatId;
  /** Each part, and the message that it replaces, if any. */
  readonly parts: readonly { readonly text: RichText; readonly replaces: number | undefined }[];
  /** Messages of an earlier, longer text. */
  readonly surplus: readonly number[];
  /** What did not fit into the parts, as a file. */
  readonly rest: string | undefined;
  /** Stands under the first group of files, in place of a message of its own. */
  readonly caption: RichText | undefined;
  readonly groups: readonly Group[];
  readonly replyTo: number | undefined;
};

// "General" has the number 1 and must be left out: the server finds no such thread.
const generalTopic = 1;

/** Plans the delivery to a chat. Pure. */
export function planChat(
  chat: ChatId,
  { parts, rest }: Composed,
  groups: readonly Group[],
  earlier: { readonly edit: MessagesByChat | undefined; readonly replyTo: MessagesByChat | undefined },
  options: Options,
): ChatPlan {
  const replaced = messagesOf(earlier.edit, chat);
  const [only, ...more] = parts;
  const asCaption =
    only !== undefined &&
    more.length === 0 &&
    groups.length > 0 &&
    replaced.length === 0 &&
    fits(only, captionLimit);
  return {
    ...options,
    thread: options.thread === generalTopic ? undefined : options.thread,
    chat,
    parts: asCaption ? [] : parts.map((text, index) => ({ text, replaces: replaced[index] })),
    surplus: replaced.slice(parts.length),
    rest: rest?.text,
    caption: asCaption ? only : undefined,
    groups,
    replyTo: messagesOf(earlier.replyTo, chat)[0],
  };
}
