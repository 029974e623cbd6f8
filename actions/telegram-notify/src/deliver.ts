import * as z from "zod";
import type { Group } from "./attachments.ts";
import { type BotApi, CallFailed, type Done } from "./bot-api.ts";
import { captionedOf, documentsOf, fileCall, messageCall } from "./calls.ts";
import type { ChatId } from "./chat.ts";
import { ChatCalls, isRefusal } from "./chat-calls.ts";
import { editMessage } from "./edit.ts";
import type { ChatPlan } from "./plan.ts";
import { codePoints, type RichText } from "./rich-text.ts";

/** Something that did not arrive, or was not done. */
export type Trouble = { readonly what: string; readonly why: string; readonly hint: string };

/** What came of the delivery to one chat. */
export type ChatResult = {
  readonly chat: ChatId;
  /** The messages that hold the text, in order. */
  readonly messages: readonly number[];
  readonly troubles: readonly Trouble[];
  /** What the user should know, and that is no trouble. */
  readonly remarks: readonly string[];
};

/** Carries out the plan for one chat, until the signal says stop. Whatever goes wrong is in the result. */
export async function deliver(plan: ChatPlan, api: BotApi, signal: AbortSignal): Promise<ChatResult> {
  const delivery = new Delivery(plan, api);
  try {
    await delivery.run();
  } catch (error) {
    if (!signal.aborted) throw error;
    delivery.cancelled();
  }
  return delivery.result;
}

class Delivery {
  readonly #plan: ChatPlan;
  readonly #calls: ChatCalls;
  readonly #messages: number[] = [];
  readonly #troubles: Trouble[] = [];
  readonly #remarks: string[] = [];
  /** The first message that was not there before. */
  /** Files that held a part of the earlier text. */
  readonly #stale: number[] = [];
  #fresh: number | undefined;

  constructor(plan: ChatPlan, api: BotApi) {
    this.#plan = plan;
    this.#calls = new ChatCalls(plan.chat, api, (text) => void this.#remarks.push(text));
  }

  get result(): ChatResult {
    const { chat } = this.#plan;
    return { chat, messages: this.#messages, troubles: this.#troubles, remarks: this.#remarks };
  }

  /** Notes that it ended early; what was sent stays. */
  cancelled(): void {
    const hint = "The workflow run was cancelled.";
    this.#troubles.push({ what: "the delivery", why: "the step was cancelled", hint });
  }

  async run(): Promise<void> {
    const { surplus } = this.#plan;
    const whole = await this.#sendAll();
    if (whole) {
      for (const id of [...surplus, ...this.#stale])
        await this.#attempt(`removing message ${id}`, () => this.#remove(id));
    }
    await this.#pin();
  }

  /**
   * The text in order, and no further than the first part that does not arrive: a message without its beginning
   * misleads. Files stand for themselves.
   */
  async #sendAll(): Promise<boolean> {
    const { parts, rest, groups, caption } = this.#plan;
    let whole = true;
    for (const [index, part] of parts.entries()) {
      const name =
        parts.length === 1
          ? "sending the message"
          : `sending part ${index + 1} of ${parts.length} of the message`;
      if (!(await this.#attempt(name, () => this.#part(part, index === 0)))) return false;
    }
    if (rest !== undefined && !(await this.#attempt("sending the rest of the text", () => this.#rest(rest))))
      return false;
    for (const [index, group] of groups.entries()) {
      const name = `sending ${group.map((file) => file.name).join(", ")}`;
      const text = index === 0 ? caption : undefined;
      if (await this.#attempt(name, () => this.#group(group, text))) continue;
      whole = false;
      // Files that are refused, or too large for the line, are no reason to say nothing.
      if (text !== undefined && !(await this.#attempt("sending the message", () => this.#text(text, true))))
        return false;
    }
    return whole;
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

  async #part({ text, replaces }: ChatPlan["parts"][number], first: boolean): Promise<void> {
    if (replaces !== undefined) {
      if (
        await editMessage(this.#calls, replaces, text, {
          linkPreview: this.#plan.linkPreview,
          asCaption: first,
        })
      ) {
        this.#messages.push(replaces);
        return;
      }
      this.#remarks.push(`Message ${replaces} could not be edited any more; a new one was sent.`);
      if (!first) this.#stale.push(replaces);
    }
    await this.#text(text, first);
  }

  async #text(text: RichText, first: boolean): Promise<void> {
    this.#note(await this.#calls.withText(text, (shown) => messageCall(this.#plan, shown, first)));
  }

  async #rest(text: string): Promise<void> {
    const size = codePoints(text).toLocaleString("en");
    const caption = { text: `The rest of the message: ${size} characters`, entities: [] };
    const file = { kind: "document", name: "message.txt", bytes: Buffer.from(text) } as const;
    this.#note(await this.#calls.call(fileCall(this.#plan, [file], caption, false)));
  }

  async #group(group: Group, caption: RichText | undefined): Promise<void> {
    const first = this.#messages.length === 0;
    const send = async (files: Group): Promise<void> => {
      const done = await this.#calls.withText(caption ?? { text: "", entities: [] }, (shown) =>
        fileCall(this.#plan, files, shown, first),
      );
      // A later edit changes the message that holds the text, and leaves the files where they are.
      const holds = caption === undefined ? -1 : captionedOf(files);
      this.#note(done, (_id, index) => index === holds);
    };
    try {
      await send(group);
    } catch (error) {
      // A picture that is too long and narrow, or none at all, still is a file.
      if (group[0]?.kind !== "photo" || !isRefusal(error, /photo|image|media/i)) throw error;
      this.#remarks.push("Telegram does not take a picture as such; it was sent as a document.");
      await send(documentsOf(group));
    }
  }

  async #remove(id: number): Promise<void> {
    try {
      await this.#calls.call({ method: "deleteMessage", parameters: { message_id: id }, repeatable: true });
    } catch (error) {
      if (!isRefusal(error, /message to delete not found/i)) throw error;
    }
  }

  async #pin(): Promise<void> {
    const fresh = this.#fresh;
    if (!this.#plan.pin || fresh === undefined) return;
    const parameters = { message_id: fresh, disable_notification: this.#plan.silent };
    await this.#attempt("pinning the message", () =>
      this.#calls.call({ method: "pinChatMessage", parameters, repeatable: true }),
    );
  }

  #note({ result, maybeTwice }: Done, holdsText: (id: number, index: number) => boolean = () => true): void {
    const ids = idsIn(result).filter(holdsText);
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
