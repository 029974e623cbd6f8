import type { DeployEvent } from "./event.ts";
import type { Mention } from "./mention.ts";
import { messageOf } from "./message.ts";
import { type Format, formatLeniently } from "./own-text.ts";
import { valuesOf } from "./placeholders.ts";
import { codePoints, type RichText, TextBuilder } from "./rich-text.ts";
import { isBlank } from "./shown.ts";
import { split } from "./split.ts";
import { fillTemplate, type Template } from "./template.ts";

/** The limits of Telegram after parsing, in code points (https://core.telegram.org/bots/api#sendmessage). */
export const messageLimit = 4096;
export const captionLimit = 1024;

export type Wording = {
  readonly template: Template | undefined;
  readonly format: Format;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly mentions: readonly Mention[];
  readonly maxParts: number;
};

/** The messages of an event, in order, and what did not fit into them. */
export type Composed = {
  readonly parts: readonly RichText[];
  readonly rest: RichText | undefined;
  /** What the author of the text should know. */
  readonly remarks: readonly string[];
};

/** Renders an event for Telegram. Pure. */
export function compose(event: DeployEvent, wording: Wording): Composed {
  const { mentions, maxParts } = wording;
  const { text, remarks } = textOf(event, wording);
  const call = event.status === "failure" && mentions.length > 0 ? callOf(mentions) : undefined;
  const reserve = call === undefined ? 0 : codePoints(call.text);
  const { parts, rest } = split(text, { limit: messageLimit, reserve, maxParts });
  const [first, ...others] = parts;
  if (first === undefined) throw new Error("the message is empty");
  if (call === undefined) return { parts, rest, remarks };
  return { parts: [new TextBuilder().append(first).append(call).build(), ...others], rest, remarks };
}

function textOf(event: DeployEvent, wording: Wording): { text: RichText; remarks: string[] } {
  const { note, problem } = formatLeniently([event.message], wording.format);
  const standard = (): RichText => messageOf(event, note);
  if (wording.template !== undefined) {
    const pieces = fillTemplate(wording.template, valuesOf(event, wording.env));
    const { note: text, problem } = formatLeniently(pieces, wording.format);
    const remarks =
      problem === undefined ? [] : [`The template, filled in, ${problem}. It shows as written.`];
    if (!isBlank(text.text)) return { text, remarks };
    return {
      text: standard(),
      remarks: ["The template gave an empty text; the standard message was taken."],
    };
  }
  const remarks = problem === undefined ? [] : [`The input message ${problem}. It shows as it was written.`];
  return { text: standard(), remarks };
}

/** Stands at the end of the first message, where it is seen and never cut off. */
function callOf(mentions: readonly Mention[]): RichText {
  const text = new TextBuilder().add("\n\n");
  for (const [index, { text: name, user }] of mentions.entries()) {
    if (index > 0) text.add(" ");
    const write = (): unknown => text.add(name);
    if (user === undefined) write();
    else text.within({ type: "text_mention", user: { id: user } }, write);
  }
  return text.build();
}
