/**
 * A form in which a secret can stand in a text. With a `ragged` end, one more base64 character beyond that end mixes bits
 * of the secret with bits of its neighbour.
 */
export type Form = { readonly text: string; readonly raggedStart: boolean; readonly raggedEnd: boolean };

/** The secret itself, and the forms that cannot be undone in place: base64 and base64url anywhere in a longer value, hex. */
export function searchedForms(secret: string): Form[] {
  const hex = Buffer.from(secret).toString("hex");
  const exact = [secret, hex, hex.toUpperCase()].map((text) => ({
    text,
    raggedStart: false,
    raggedEnd: false,
  }));
  return [...exact, ...base64Forms(secret)];
}

/**
 * The base64 characters that depend on the secret alone, for each of the three places it can have in a group of three
 * bytes, so that `base64(user:secret)` and `base64(secret + newline)` are found as well.
 */
function base64Forms(secret: string): Form[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const bits = bytes.length * 8;
    const own = bytes.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
    const ragged = { raggedStart: offset > 0, raggedEnd: bits % 6 > 0 };
    const url = own.replaceAll("+", "-").replaceAll("/", "_");
    return url === own
      ? [{ text: own, ...ragged }]
      : [
          { text: own, ...ragged },
          { text: url, ...ragged },
        ];
  });
}

/**
 * Forms that the runner's masker does not derive from a mask by itself, so that they are masks of their own.
 * (It derives base64 of the whole value, JSON, URI with upper-case hex, and XML: actions/runner HostContext.cs.)
 */
export function maskedForms(secret: string): string[] {
  const uri = encodeURIComponent(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    ...searchedForms(secret).map((form) => form.text),
    uri,
    lowerHex(uri),
    encodeURI(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    json,
    JSON.stringify(json).slice(1, -1),
    json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
    secret.replace(/[&<>"']/g, (special) => `&#${special.charCodeAt(0)};`),
    secret.replace(/[&<>"']/g, (special) => htmlEntities[special] ?? special),
    secret.replace(/[^\w@%+=:,./-]/g, "\\$&"),
    secret.replaceAll("'", "'\\''"),
  ];
}

function lowerHex(uri: string): string {
  return uri.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase());
}

const htmlEntities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
