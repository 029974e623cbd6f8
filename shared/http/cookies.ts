/**
 * What Set-Cookie headers ask for: each cookie's new value, or `undefined` where it is to be deleted (RFC 6265 section
 * 5.3: an age of zero or less, or an end in the past). Path, domain and the other attributes are left out.
 */
export function readCookies(
  headers: readonly string[] | undefined,
  nowMs: number,
): Map<string, string | undefined> {
  const cookies = new Map<string, string | undefined>();
  for (const header of headers ?? []) {
    const [pair = "", ...attributes] = header.split(";");
    const separator = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, separator)).trim();
    if (name === "") continue;
    cookies.set(name, isOver(attributes, nowMs) ? undefined : pair.slice(separator + 1).trim());
  }
  return cookies;
}

/** The pairs of a Cookie header. */
export function readCookieHeader(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? "").split(";")) {
    const [name = "", ...value] = pair.split("=");
    if (name.trim() !== "" && value.length > 0) cookies.set(name.trim(), value.join("=").trim());
  }
  return cookies;
}

/** Max-Age counts before Expires; of the same attribute given twice, the last. */
function isOver(attributes: readonly string[], nowMs: number): boolean {
  const last = (name: string): string | undefined =>
    attributes.findLast((attribute) => attributeName(attribute) === name)?.replace(/^[^=]*=\s*/, "");
  const age = last("max-age")?.trim();
  if (age !== undefined && /^-?\d+$/.test(age)) return Number(age) <= 0;
  return Date.parse(last("expires") ?? "") <= nowMs;
}

function attributeName(attribute: string): string {
  return attribute.split("=", 1)[0]?.trim().toLowerCase() ?? "";
}
