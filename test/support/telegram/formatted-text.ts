import { cleanText, isEmptyText, trim } from "./cleaning.ts";
import { findEntities } from "./detection.ts";
import { type Entity, isSplittable, isUsers, keepsSpace, sortEntities } from "./entity.ts";
import { parseHtml } from "./html.ts";
import { parseMarkdownV2 } from "./markdown-v2.ts";
import { missing, settle } from "./nesting.ts";
import { type Parsed, ParseError } from "./parsed.ts";
import { badRequest, Misuse } from "./refusal.ts";

/** Code points of a message and of a caption, after parsing: https://core.telegram.org/bots/api#sendmessage. */
export const MESSAGE_LIMIT = 4096;
export const CAPTION_LIMIT = 1024;
const SOURCE_BYTES = 32_768;
// "A good approximation of the current limit on the total message entities size": tdlib/telegram-bot-api#165.
const ENTITY_BYTES = 9500;
// What comes after the hundredth is shown plain: tdlib/telegram-bot-api#820.
const SHOWN_ENTITIES = 100;

export type FormattedText = Parsed & {
  /** What the service silently left out of what it was asked for. Nothing, when the sender is careful. */
  readonly flaws: readonly string[];
};

export type TextSource = {
  readonly text: string;
  readonly parseMode: string | undefined;
  readonly entities: readonly Entity[] | undefined;
};

/** A text as people see it, or the refusal of the service. A caption may be empty, a message may not. */
export function formatText(source: TextSource, kind: "message" | "caption"): FormattedText {
  if (source.text === "" && kind === "message") throw badRequest("Message text is empty");
  if (Buffer.byteLength(source.text) > SOURCE_BYTES) throw badRequest("Text is too long");
  if (!source.text.isWellFormed()) throw badRequest("Text must be encoded in UTF-8");
  const given = parse(source);
  if (entityBytes(given.entities) > ENTITY_BYTES) throw badRequest("ENTITIES_TOO_LONG");
  const clean = cleanText(given);
  const settled = settle(clean.entities);
  const { text, entities } = trim({ text: clean.text, entities: settled }, keepsSpace);
  if (isEmptyText(text)) {
    if (kind === "message") throw badRequest("Text must be non-empty");
    return { text: "", entities: [], flaws: [] };
  }
  const limit = kind === "message" ? MESSAGE_LIMIT : CAPTION_LIMIT;
  if ([...text].length > limit)
    throw badRequest(kind === "message" ? "Message is too long" : "Message caption is too long");
  const shown = settle(entities).slice(0, SHOWN_ENTITIES);
  const flaws = [
    ...(given.dropped ?? []),
    ...missing(clean.entities, settled).map(
      ({ type, offset, length }) => `${type} at ${offset}, ${length} long, lies across another entity`,
    ),
  ];
  const beyond = settle(entities).length - shown.length;
  if (beyond > 0) flaws.push(`${beyond} of the entities come after the hundredth`);
  return { text, entities: withFound(text, shown), flaws };
}

function parse({ text, parseMode, entities }: TextSource): Parsed {
  const mode = parseMode?.toLowerCase() ?? "none";
  if (mode === "none" || mode === "") return { text, entities: (entities ?? []).filter(isUsers) };
  if (entities !== undefined) throw new Misuse("parse_mode and entities are given, and only one is read");
  if (mode !== "html" && mode !== "markdownv2") throw badRequest("Unsupported parse_mode");
  try {
    return mode === "html" ? parseHtml(text) : parseMarkdownV2(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw badRequest(`Can't parse entities: ${error.message}`);
  }
}

/** As in the TL serialisation that Telegram speaks: three words each, and strings in whole words. */
function entityBytes(entities: readonly Entity[]): number {
  const string = (text: string | undefined) =>
    text === undefined ? 0 : Math.ceil((Buffer.byteLength(text) + 1) / 4) * 4;
  return entities.reduce((sum, { url, language }) => sum + 12 + string(url) + string(language), 0);
}

/** Links and mentions that are written out are found by the service, where no entity of the sender is in the way. */
function withFound(text: string, entities: readonly Entity[]): Entity[] {
  const taken = entities.filter((entity) => !isSplittable(entity) && !entity.type.endsWith("blockquote"));
  const found = findEntities(text).filter((one) =>
    taken.every(
      (other) => one.offset + one.length <= other.offset || other.offset + other.length <= one.offset,
    ),
  );
  return sortEntities([...entities, ...found]);
}
