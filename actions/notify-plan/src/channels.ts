import { ValueError } from "../../../shared/runtime/values.ts";
import { isAtLeast, isSeverity, linesOf, SEVERITIES, type Severity } from "./severity.ts";

/** A chat, and the least grave thing that it is told. */
export type Channel = { readonly chat: string; readonly from: Severity };

const CHAT = /^(?:-?\d{1,20}|@\w{4,32})$/;

/** Reads lines such as `critical = -1001234567890, @oncall`; a line of chats alone means everything. Throws a ValueError. */
export function parseChannels(text: string): readonly Channel[] {
  return linesOf(text).flatMap((line) => {
    const [before = "", after] = line.split("=").map((part) => part.trim());
    const from = after === undefined ? "info" : before;
    if (!isSeverity(from))
      throw new ValueError(
        `must be lines such as \`critical = -1001234567890\`, with one of ${SEVERITIES.join(", ")} before the sign`,
      );
    const chats = (after ?? before).split(",").map((chat) => chat.trim());
    if (!chats.every((chat) => CHAT.test(chat)))
      throw new ValueError("must name chats by numbers such as -1001234567890, or @name");
    return chats.map((chat) => ({ chat, from }));
  });
}

/** The chats that are told of something so grave, each once. */
export function chatsFor(channels: readonly Channel[], severity: Severity): readonly string[] {
  return [...new Set(channels.filter(({ from }) => isAtLeast(severity, from)).map(({ chat }) => chat))];
}
