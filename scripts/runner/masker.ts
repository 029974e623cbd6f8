/** Replaces secrets in text, with the forms and the gaps of the runner's own masker (SecretMasker.cs, ValueEncoders.cs). */
export class Masker {
  readonly #masks = new Set<string>();
  readonly #forms = new Set<string>();

  /** Every value that was asked to be masked, in order. */
  get masks(): readonly string[] {
    return [...this.#masks];
  }

  /** Masks a value; of one with several lines also each line, trimmed (ActionCommandManager.cs, Worker.cs). */
  add(value: string): void {
    for (const mask of [value, ...value.split(/[\r\n]+/).map((line) => line.trim())]) {
      if (mask === "" || this.#masks.has(mask)) continue;
      this.#masks.add(mask);
      for (const form of encodedForms(mask)) this.#forms.add(form);
    }
  }

  /** The text with `***` for each run of masked characters; forms that overlap or touch become one. */
  mask(text: string): string {
    const spans = this.#find(text).sort((one, other) => one[0] - other[0]);
    let masked = "";
    let at = 0;
    let index = 0;
    while (index < spans.length) {
      const [start, firstEnd] = spans[index] as Span;
      let end = firstEnd;
      for (index += 1; (spans[index]?.[0] ?? Number.POSITIVE_INFINITY) <= end; index += 1) {
        end = Math.max(end, spans[index]?.[1] ?? end);
      }
      masked += `${text.slice(at, start)}***`;
      at = end;
    }
    return masked + text.slice(at);
  }

  #find(text: string): Span[] {
    const spans: Span[] = [];
    for (const form of this.#forms) {
      for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1)) {
        spans.push([start, start + form.length]);
      }
    }
    return spans;
  }
}

type Span = [start: number, end: number];

function encodedForms(value: string): string[] {
  const bytes = Buffer.from(value);
  const shifted = (by: number) => (bytes.length > by ? bytes.subarray(by) : bytes).toString("base64");
  const forms = [
    value,
    shifted(0),
    shifted(1),
    shifted(2),
    value.replaceAll('"', '\\"'),
    value.replaceAll("'", "''"),
    jsonForm(value),
    uriForm(value),
    value.replace(/[<>"'&]/g, (special) => xmlEntities[special] ?? special),
    value.length > 8 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : "",
    ...ampersandParts(value),
  ];
  return forms.filter((form) => form !== "");
}

const xmlEntities: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "&": "&amp;",
};

/** Newtonsoft.Json escapes three separators that JSON.stringify leaves. */
function jsonForm(value: string): string {
  const json = JSON.stringify(value).slice(1, -1);
  return json.replace(
    /[\u0085\u2028\u2029]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Uri.EscapeDataString escapes all but the unreserved characters; encodeURIComponent leaves five more. */
function uriForm(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** PowerShell breaks its error messages at ampersands; parts of six characters and more are masked by themselves. */
function ampersandParts(value: string): string[] {
  const plus = value.indexOf("&+");
  const last = value.lastIndexOf("&");
  if (last < 0) return [];
  const parts =
    plus >= 0
      ? [value.slice(0, plus + 2), value.slice(plus + 3)]
      : [value.slice(0, last + 1), value.slice(last + 1)];
  return parts.filter((part) => part.length >= 6);
}
