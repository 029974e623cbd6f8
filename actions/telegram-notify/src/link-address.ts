// The entities of a message may take about 9,500 bytes (tdlib/telegram-bot-api#165), addresses included.
const longestAddress = 2_000;

/**
 * An address in the form in which Telegram makes a link of it; `undefined` when it would not. Of the web it takes
 * only hosts with a dot in them, so localhost and the names of an intranet are no links (LinkManager.cpp in tdlib).
 */
export function linkable(address: string): string | undefined {
  const url = URL.parse(address.trim());
  if (url === null || isTooLong(url.href)) return undefined;
  if (url.protocol === "tg:") return url.href;
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  const { hostname } = url;
  const plain = hostname.startsWith("[") || (/^[\w.-]+$/.test(hostname) && hostname.includes("."));
  return plain ? url.href : undefined;
}

/** Whether an address is longer than a message has room for, as a link or written out. */
export function isTooLong(address: string): boolean {
  return address.length > longestAddress;
}
