import type { Entity } from "./entity.ts";
import { type FormattedText, formatText } from "./formatted-text.ts";
import { linkProblem, mentionedUser } from "./link.ts";
import type { InputEntity } from "./parameters.ts";
import { badRequest, Misuse } from "./refusal.ts";

type Caption = {
  readonly caption?: string | undefined;
  readonly parse_mode?: string | undefined;
  readonly caption_entities?: readonly InputEntity[] | undefined;
};

/** The caption that a call gives a file, with its entities or markup read. */
export const captionOf = ({ caption, parse_mode, caption_entities }: Caption): FormattedText =>
  format({ text: caption ?? "", parseMode: parse_mode, entities: caption_entities }, "caption");

/** The text of a call, with its entities or markup read. */
export function format(
  source: {
    readonly text: string;
    readonly parseMode: string | undefined;
    readonly entities: readonly InputEntity[] | undefined;
  },
  kind: "message" | "caption",
): FormattedText {
  return formatText({ ...source, entities: source.entities?.map(readEntity) }, kind);
}

function readEntity(input: InputEntity): Entity {
  const { type, url, language, user, custom_emoji_id } = input;
  const needs = { text_link: url, text_mention: user, custom_emoji: custom_emoji_id };
  if (Object.hasOwn(needs, type) && needs[type as keyof typeof needs] === undefined)
    throw badRequest(`Can't parse MessageEntity: an entity of type ${type} lacks its field`);
  if (url !== undefined && type !== "text_link") throw new Misuse(`url on an entity of type ${type}`);
  if (language !== undefined && type !== "pre") throw new Misuse(`language on an entity of type ${type}`);
  const extent = { offset: input.offset, length: input.length };
  const mentioned = user?.id ?? (url === undefined ? undefined : mentionedUser(url));
  if (mentioned !== undefined) return { type: "text_mention", ...extent, user: { id: mentioned } };
  const problem = url === undefined ? undefined : linkProblem(url);
  if (problem !== undefined) throw badRequest(`Entity URL '${url}' is invalid: ${problem}`);
  return {
    type: type as Entity["type"],
    ...extent,
    ...(url === undefined ? {} : { url }),
    ...(language === undefined || language === "" ? {} : { language }),
    ...(custom_emoji_id === undefined ? {} : { custom_emoji_id }),
  };
}
