import { parseList, ValueError } from "../../../shared/runtime/values.ts";

/** Somebody to call: by the name that Telegram knows, or by number with a name of ours. */
export type Mention = { readonly text: string; readonly user: number | undefined };

const mostMentions = 20;
const longestMention = 64;

/** Reads `@name` and `Name=123456789`. */
export function parseMentions(text: string): readonly Mention[] {
  const entries = parseList(text);
  if (entries.length > mostMentions || entries.some((entry) => entry.length > longestMention)) {
    throw new ValueError(`must be at most ${mostMentions} names of up to ${longestMention} characters`);
  }
  return entries.map((entry) => {
    if (/^@[A-Za-z]\w{3,31}$/.test(entry)) return { text: entry, user: undefined };
    const [, name, user] = /^(.*\S)\s*=\s*([1-9]\d{0,15})$/s.exec(entry) ?? [];
    if (name !== undefined) return { text: name, user: Number(user) };
    throw new ValueError("must be names such as @anna, or a name and a user id such as Anna=123456789");
  });
}
