import { ValueError } from "../../../shared/runtime/values.ts";

/**
 * Checks the form of a bot token, `<id>:<secret>`. A token that starts with 0, has no colon or is longer than 80
 * characters is refused by the server as malformed (tdlib/telegram-bot-api ClientManager.cpp).
 */
export function parseToken(text: string): string {
  if (/^[1-9]\d{0,18}:[A-Za-z0-9_-]{20,}$/.test(text) && text.length <= 80) return text;
  throw new ValueError("must be a bot token as @BotFather gives it, such as 123456789:AAE…");
}

/** What must not be shown of a token: all of it, and its secret half alone. */
export function tokenSecrets(token: string): string[] {
  return [token, `bot${token}`, token.slice(token.indexOf(":") + 1)];
}
