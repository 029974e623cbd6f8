import { setImmediate } from "node:timers/promises";
import { SaxesParser } from "saxes";
import { ReportFault } from "../measures/report.ts";
import { decode, encodingOf, type Source } from "./source.ts";

export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
};

/** What a format does with the elements of its documents. `above` is the way from the root down to the element. */
export type XmlReader<T> = {
  readonly open: (element: XmlElement, above: readonly XmlElement[]) => void;
  readonly text?: (text: string, above: readonly XmlElement[]) => void;
  readonly close?: (element: XmlElement, above: readonly XmlElement[]) => void;
  /** What the whole document says; called when it was read to its end. */
  readonly result: () => T;
};

const MOST_LEVELS = 100;
const MOST_ELEMENTS = 20_000_000;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads a document piece by piece with the reader that `choose` gives for its root, which is opened as well.
 * There are no entities but XML's own five, nothing is fetched, a DOCTYPE may name its DTD and hold nothing.
 * Throws ReportFault for a document that is not well-formed, not whole, or nested without end.
 */
export async function readXml<T>(
  source: Source,
  choose: (root: XmlElement) => XmlReader<T>,
  signal?: AbortSignal,
): Promise<T> {
  const parser = new SaxesParser();
  const above: XmlElement[] = [];
  let reader: XmlReader<T> | undefined;
  let elements = 0;
  parser.on("error", (error) => {
    const where = /^(\d+):(\d+): /.exec(error.message);
    const place = where === null ? "" : ` (line ${where[1]})`;
    throw new ReportFault(
      `is not well-formed XML${place}`,
      "Was it cut off? A test run that is killed leaves half a report.",
    );
  });
  parser.on("doctype", (doctype) => {
    if (doctype.includes("["))
      throw new ReportFault("declares entities or elements of its own in its DOCTYPE");
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element: XmlElement = { name, attributes: attributes as Record<string, string> };
    reader ??= choose(element);
    reader.open(element, above);
    above.push(element);
    if (above.length > MOST_LEVELS) throw new ReportFault(`is nested more than ${MOST_LEVELS} levels deep`);
    if (++elements > MOST_ELEMENTS) throw new ReportFault("has more than 20 million elements");
  });
  parser.on("text", (text) => reader?.text?.(text, above));
  parser.on("cdata", (text) => reader?.text?.(text, above));
  parser.on("closetag", () => {
    const element = above.pop();
    if (element !== undefined) reader?.close?.(element, above);
  });
  for await (const text of chunksOf(source)) {
    signal?.throwIfAborted();
    parser.write(text);
  }
  parser.close();
  if (reader === undefined) throw new ReportFault("is empty");
  return reader.result();
}

/** The text in pieces, with a pause after each: a signal is heard while a large document is read. */
async function* chunksOf(source: Source): AsyncGenerator<string> {
  const { bytes } = source;
  const encoding = declaredEncoding(bytes);
  if (encoding !== "utf-8") {
    yield decode(bytes, encoding);
    return;
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const end = at + CHUNK_BYTES;
    try {
      yield decoder.decode(bytes.subarray(at, end), { stream: end < bytes.length });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new ReportFault("is not UTF-8 text", "Binary and cut-off files are no reports.");
    }
    await setImmediate();
  }
}

/** By byte order mark, else by the XML declaration, else UTF-8. */
function declaredEncoding(bytes: Uint8Array): string {
  const marked = encodingOf(bytes);
  if (marked !== "utf-8") return marked;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(200, bytes.length)).toString("latin1");
  const name = /^[^<]{0,3}<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(head)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(name).encoding;
  } catch {
    throw new ReportFault("is in an encoding that nobody knows");
  }
}
