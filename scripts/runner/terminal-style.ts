import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Puts a text into colours, or leaves it as it is. */
export type Style = (format: Format, text: string) => string;

/** Colours for a terminal; none for a pipe, or where NO_COLOR says so (no-color.org). */
export function styleFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  const colours = stream.isTTY === true && (env["NO_COLOR"] ?? "") === "";
  return colours ? (format, text) => styleText(format, text, { validateStream: false }) : plainStyle;
}

export const plainStyle: Style = (_format, text) => text;
