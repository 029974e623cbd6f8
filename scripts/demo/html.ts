/** A piece of a page. */
export type Html = { readonly html: string };

type Value = string | number | Html | readonly Html[];

/** A piece of a page with values in it: texts are escaped, pieces are put in as they are. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: strings.map((text, index) => text + written(values[index] ?? "")).join("") };
}

/** Text that is HTML already. */
export function rawHtml(text: string): Html {
  return { html: text };
}

export const nothing: Html = { html: "" };

function written(value: Value): string {
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return "html" in value ? value.html : value.map((piece) => piece.html).join("");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
