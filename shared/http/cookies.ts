/** Names and values out of Set-Cookie headers; attributes are left out, and so are cookies that are being deleted. */
export function readCookies(headers: readonly string[] | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const header of headers ?? []) {
    const [pair = "", ...attributes] = header.split(";");
    const separator = pair.indexOf("=");
    if (separator <= 0) continue;
    const name = pair.slice(0, separator).trim();
    if (attributes.some((attribute) => /^\s*max-age\s*=\s*(?:0|-\d+)\s*$/i.test(attribute)))
      cookies.delete(name);
    else cookies.set(name, pair.slice(separator + 1).trim());
  }
  return cookies;
}
