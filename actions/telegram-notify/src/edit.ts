import { type ChatCalls, isRefusal } from "./chat-calls.ts";
import { captionLimit } from "./compose.ts";
import { codePoints, type RichText } from "./rich-text.ts";

const same = /message is not modified/i;
const noText = /no text in the message to edit/i;
const gone =
  /message to edit not found|message can't be edited|MESSAGE_ID_INVALID|no (?:text|caption) in the message/i;

/**
 * Makes a message show a text, as its caption where it is a file and `asCaption` allows it. Returns whether it does: not
 * if the message is gone or cannot be edited any more. Throws CallFailed for any other refusal.
 */
export async function editMessage(
  calls: ChatCalls,
  message: number,
  text: RichText,
  { linkPreview, asCaption }: { readonly linkPreview: boolean; readonly asCaption: boolean },
): Promise<boolean> {
  try {
    await change(calls, "editMessageText", text, (shown) => ({
      message_id: message,
      text: shown.text,
      entities: shown.entities,
      link_preview_options: { is_disabled: !linkPreview },
    }));
    return true;
  } catch (error) {
    if (isRefusal(error, same)) return true;
    if (asCaption && isRefusal(error, noText) && codePoints(text.text) <= captionLimit)
      return editCaption(calls, message, text);
    if (isRefusal(error, gone)) return false;
    throw error;
  }
}

async function editCaption(calls: ChatCalls, message: number, text: RichText): Promise<boolean> {
  try {
    await change(calls, "editMessageCaption", text, (shown) => ({
      message_id: message,
      caption: shown.text,
      caption_entities: shown.entities,
    }));
    return true;
  } catch (error) {
    if (isRefusal(error, same)) return true;
    if (isRefusal(error, gone)) return false;
    throw error;
  }
}

async function change(
  calls: ChatCalls,
  method: string,
  text: RichText,
  parametersFor: (shown: RichText) => Record<string, unknown>,
): Promise<void> {
  await calls.withText(text, (shown) => ({ method, parameters: parametersFor(shown), repeatable: true }));
}
