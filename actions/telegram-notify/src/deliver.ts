import * as z from "zod";
import type { Group } from "./attachments.ts";
import { type BotApi, CallFailed, type Done } from "./bot-api.ts";
import type { Call } from "./bot-request.ts";
import { documentsOf, fileCall, messageCall } from "./calls.ts";
import type { ChatId } from "./chat.ts";
import { captionLimit } from "./compose.ts";
import type { ChatPlan } from "./plan.ts";
import { codePoints, type RichText } from "./rich-text.ts";

/** Something that did not arrive, or was not done. */
export type Trouble = { readonly what: string; readonly why: string; readonly hint: string };

/** What came of the delivery to one chat. */
export type ChatResult = {
  readonly chat: ChatId;
  /** Every message that stands there now, the text first. */
  readonly messages: readonly number[];
  readonly troubles: readonly Trouble[];
  /** What the user should know, and that is no trouble. */
  readonly remarks: readonly string[];
};

/** Carries out the plan for one chat. What goes wrong is in the result; rejects only with the signal's reason. */
export async function deliver(plan: ChatPlan, api: BotApi): Promise<ChatResult> {
  return new Delivery(plan, api).run();
}

class Delivery {
  readonly #plan: ChatPlan;
  readonly #api: BotApi;
  #chat: ChatId;
  readonly #messages: number[] = [];
  readonly #troubles: Trouble[] = [];
  readonly #remarks: string[] = [];
  #fresh: number | undefined;

  constructor(plan: ChatPlan, api: BotApi) {
    this.#plan = plan;
    this.#api = api;
    this.#chat = plan.chat;
  }

  async run(): Promise<ChatResult> {
    const { parts, surplus, rest, groups, caption, pin, chat, silent } = this.#plan;
    const texts = parts.length;
    // In order, and no further than the first that does not arrive: a message without its beginning misleads.
    const arrived =
      (await this.#all(parts, (part, index) =>
        this.#attempt(partName(index, texts), () => this.#part(part, index)),
      )) &&
      (rest === undefined || (await this.#attempt("the rest of the text", () => this.#rest(rest)))) &&
      (await this.#all(groups, (group, index) =>
        this.#attempt(groupName(group), () => this.#group(group, index === 0 ? caption : undefined)),
      ));
    if (arrived) {
      for (const id of surplus) await this.#attempt(`removing message ${id}`, () => this.#remove(id));
    }
    const fresh = this.#fresh;
    if (pin && fresh !== undefined) {
      const parameters = { message_id: fresh, disable_notification: silent };
      await this.#attempt("pinning the message", () =>
        this.#call({ method: "pinChatMessage", parameters, repeatable: true }),
      );
    }
    return { chat, messages: this.#messages, troubles: this.#troubles, remarks: this.#remarks };
  }

  async #all<T>(items: readonly T[], act: (item: T, index: number) => Promise<boolean>): Promise<boolean> {
    for (const [index, item] of items.entries()) if (!(await act(item, index))) return false;
    return true;
  }

  /** Notes what fails, and says whether it went well. */
  async #attempt(what: string, act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      this.#troubles.push({ what, why: error.message, hint: error.hint });
      return false;
    }
  }

  async #part({ text, replaces }: ChatPlan["parts"][number], index: number): Promise<void> {
    if (replaces !== undefined && (await this.#edit(text, replaces))) {
      this.#messages.push(replaces);
      return;
    }
    this.#note(await this.#formatted(text, (shown) => messageCall(this.#plan, shown, index === 0)));
  }

  /** Whether the message shows the text now; not if it is gone, or cannot be edited. */
  async #edit(text: RichText, id: number): Promise<boolean> {
    const { linkPreview } = this.#plan;
    const preview = { link_preview_options: { is_disabled: !linkPreview } };
    const change = async (method: string, parameters: (shown: RichText) => object): Promise<void> => {
      await this.#formatted(text, (shown) => ({
        method,
        parameters: { message_id: id, ...parameters(shown) },
        repeatable: true,
      }));
    };
    try {
      await change("editMessageText", (shown) => ({
        text: shown.text,
        entities: shown.entities,
        ...preview,
      }));
      return true;
    } catch (error) {
      if (isAnswer(error, /message is not modified/i)) return true;
      if (isAnswer(error, /no text in the message to edit/i) && codePoints(text.text) <= captionLimit) {
        return this.#editCaption(change, id);
      }
      return this.#gone(error, id);
    }
  }

  async #editCaption(
    change: (method: string, parameters: (shown: RichText) => object) => Promise<void>,
    id: number,
  ): Promise<boolean> {
    try {
      await change("editMessageCaption", (shown) => ({
        caption: shown.text,
        caption_entities: shown.entities,
      }));
      return true;
    } catch (error) {
      return isAnswer(error, /message is not modified/i) || this.#gone(error, id);
    }
  }

  #gone(error: unknown, id: number): false {
    const gone =
      /message to edit not found|message can't be edited|MESSAGE_ID_INVALID|no (?:text|caption) in the message/i;
    if (!isAnswer(error, gone)) throw error;
    this.#remarks.push(`Message ${id} could not be edited any more; a new one was sent.`);
    return false;
  }

  async #rest(text: string): Promise<void> {
    const caption = {
      text: `The rest of the message: ${codePoints(text).toLocaleString("en")} characters`,
      entities: [],
    };
    const file = { kind: "document", name: "message.txt", bytes: Buffer.from(text) } as const;
    this.#note(await this.#call(fileCall(this.#plan, [file], caption, false)));
  }

  async #group(group: Group, caption: RichText | undefined): Promise<void> {
    const first = this.#messages.length === 0;
    const text = caption ?? { text: "", entities: [] };
    try {
      this.#note(await this.#formatted(text, (shown) => fileCall(this.#plan, group, shown, first)));
    } catch (error) {
      // A picture that is too long and narrow, or none at all, still is a file.
      if (group[0]?.kind !== "photo" || !isAnswer(error, /photo|image|media/i)) throw error;
      this.#remarks.push("Telegram does not take a picture as such; it was sent as a document.");
      this.#note(
        await this.#formatted(text, (shown) => fileCall(this.#plan, documentsOf(group), shown, first)),
      );
    }
  }

  async #remove(id: number): Promise<void> {
    try {
      await this.#call({ method: "deleteMessage", parameters: { message_id: id }, repeatable: true });
    } catch (error) {
      if (!isAnswer(error, /message to delete not found/i)) throw error;
    }
  }

  /** A call with a formatted text; plain when the server does not take the formatting, so that it arrives at all. */
  async #formatted(text: RichText, callFor: (shown: RichText) => Call): Promise<Done> {
    try {
      return await this.#call(callFor(text));
    } catch (error) {
      if (text.entities.length === 0 || !isAnswer(error, /entit(?:y|ies)/i)) throw error;
      this.#remarks.push(
        `Telegram did not take the formatting; the text was sent without it (${error.message}).`,
      );
      return this.#call(callFor({ text: text.text, entities: [] }));
    }
  }

  /** A call to the chat, and to the one that it has become. */
  async #call(call: Call): Promise<Done> {
    const at = (chat: ChatId): Call => ({
      ...call,
      parameters: { chat_id: chat.startsWith("@") ? chat : Number(chat), ...call.parameters },
    });
    try {
      return await this.#api.call(at(this.#chat));
    } catch (error) {
      const to = error instanceof CallFailed ? error.answer?.migratedTo : undefined;
      if (to === undefined || to === this.#chat) throw error;
      this.#remarks.push(`The group ${this.#chat} has become ${to}: write ${to} into chat-id.`);
      this.#chat = to;
      return this.#api.call(at(to));
    }
  }

  #note({ result, maybeTwice }: Done): void {
    const ids = idsIn(result);
    this.#fresh ??= ids[0];
    this.#messages.push(...ids);
    if (maybeTwice) this.#remarks.push("The answer to an attempt was lost: a message may stand there twice.");
  }
}

const messageSchema = z.object({ message_id: z.int() });
const sentSchema = z.union([messageSchema, z.array(messageSchema)]);

function idsIn(result: unknown): number[] {
  const parsed = sentSchema.safeParse(result);
  return parsed.success ? [parsed.data].flat().map(({ message_id: id }) => id) : [];
}

function isAnswer(error: unknown, words: RegExp): error is CallFailed {
  return error instanceof CallFailed && error.answer?.code === 400 && words.test(error.answer.description);
}

function partName(index: number, count: number): string {
  return count === 1 ? "the message" : `part ${index + 1} of ${count} of the message`;
}

function groupName(group: Group): string {
  return group.map(({ name }) => name).join(", ");
}
