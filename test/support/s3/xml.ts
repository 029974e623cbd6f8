import { SaxesParser } from "saxes";

export type XmlElement = { readonly name: string; readonly children: XmlElement[]; text: string };

/** Reads a document; throws when it is not well-formed. */
export function parseXml(document: string): XmlElement {
  const root: XmlElement = { name: "", children: [], text: "" };
  const open = [root];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name }) => {
    const element = { name, children: [], text: "" };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on("text", (text) => {
    const last = open.at(-1);
    if (last !== undefined) last.text += text;
  });
  parser.on("closetag", () => void open.pop());
  parser.write(document).close();
  const [first] = root.children;
  if (first === undefined) throw new Error("an empty document");
  return first;
}
