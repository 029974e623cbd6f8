import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  integer,
  list,
  oneOf,
  optional,
  text,
} from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { parseChats, parseMessages } from "./chat.ts";
import { parseFields } from "./fields.ts";
import { parseMentions } from "./mention.ts";
import { parseNeeds } from "./needs.ts";
import { FORMATS } from "./own-text.ts";
import { STATUSES } from "./status.ts";
import { parseTemplate } from "./template.ts";
import { parseToken } from "./token.ts";
import { NOTIFY_ON } from "./transition.ts";

const plain = <T>(parse: (value: string) => T): Field<T> => ({ parse, secret: false });

/**
 * The time there is for everything. Not a number, which would make it the runtime's deadline and fail the step: here it
 * ends the delivery, and on-error says what that means.
 */
export type Budget = { readonly ms: number };

const budget: Field<Budget> = plain((value) => ({ ms: duration().parse(value) }));

/** The inputs of action.yml. */
export const spec = {
  token: { parse: parseToken, secret: true },
  "chat-id": plain(parseChats),
  status: optional(oneOf(...STATUSES)),
  needs: optional(plain(parseNeeds)),
  title: optional(text()),
  message: optional(text()),
  fields: { ...plain(parseFields), whenEmpty: () => [] },
  environment: optional(text()),
  "environment-url": optional(plain(parseWebAddress)),
  version: optional(text()),
  template: optional(plain(checkTemplate)),
  "template-file": optional(text()),
  format: oneOf(...FORMATS),
  files: list(),
  "message-id": optional(plain(parseMessages)),
  "reply-to": optional(plain(parseMessages)),
  "thread-id": optional(integer({ min: 1 })),
  silent: boolean(),
  protect: boolean(),
  pin: boolean(),
  "link-preview": boolean(),
  mention: { ...plain(parseMentions), whenEmpty: () => [] },
  "notify-on": oneOf(...NOTIFY_ON),
  "max-parts": integer({ min: 1, max: 20 }),
  "on-error": oneOf("warn", "fail"),
  retries: integer({ min: 0, max: 100 }),
  timeout: budget,
  "api-url": plain(parseApiUrl),
  "github-token": { parse: (value: string) => value, secret: true, whenEmpty: () => "" },
  "dry-run": boolean(),
} as const;

export type Inputs = InputsOf<typeof spec>;

/** What can be said of a template without the other inputs is said together with their mistakes. */
function checkTemplate(value: string): string {
  const { mistakes } = parseTemplate(value, undefined);
  if (mistakes.length === 0) return value;
  const told = mistakes.map(({ line, what, hint }) => `line ${line}: ${what} (${hint.replace(/\.$/, "")})`);
  throw new ValueError(`has mistakes: ${told.join("; ")}`);
}

function parseWebAddress(value: string): string {
  const url = URL.parse(value);
  if (url !== null && /^https?:$/.test(url.protocol)) return value;
  throw new ValueError("must be a web address such as https://shop.example");
}

function parseApiUrl(value: string): string {
  const url = URL.parse(value);
  const plainUrl = url !== null && `${url.search}${url.hash}${url.username}${url.password}` === "";
  if (plainUrl && /^https?:$/.test(url.protocol)) return value.replace(/\/+$/, "");
  throw new ValueError(
    "must be the address of a Bot API server such as https://api.telegram.org, without a query",
  );
}
