import { type Node, Parser } from "commonmark";
import type { Marked } from "./fill.ts";
import { type EntityType, type RichText, TextBuilder } from "./rich-text.ts";

/** CommonMark as formatted text: what a message cannot show (headings, lists, rules, images) in its nearest likeness. */
export function fromMarkdown(marked: Marked): RichText {
  const text = new TextBuilder();
  writeBlocks(childrenOf(new Parser().parse(marked.source)), { text, marked, indent: "", tight: false });
  return text.build();
}

type Place = {
  readonly text: TextBuilder;
  readonly marked: Marked;
  readonly indent: string;
  readonly tight: boolean;
};

function writeBlocks(blocks: readonly Node[], place: Place): void {
  const shown = blocks.filter(({ type, literal }) => type !== "code_block" || literal !== "");
  for (const [index, block] of shown.entries()) {
    if (index > 0) place.text.add(`${place.tight ? "\n" : "\n\n"}${place.indent}`);
    writeBlock(block, place);
  }
}

function writeBlock(block: Node, place: Place): void {
  const { text, marked } = place;
  switch (block.type) {
    case "heading":
      text.within({ type: "bold" }, () => writeInlines(block, place));
      return;
    case "block_quote":
      text.within({ type: "blockquote" }, () => writeBlocks(childrenOf(block), { ...place, indent: "" }));
      return;
    case "list":
      writeList(block, place);
      return;
    case "code_block": {
      const language = marked.text(block.info ?? "").split(/\s/, 1)[0] ?? "";
      const style = { type: "pre", ...(/^[\w+#.-]{1,64}$/.test(language) ? { language } : {}) } as const;
      text.within(style, () => text.add(marked.text((block.literal ?? "").replace(/\n$/, ""))));
      return;
    }
    case "thematic_break":
      text.add("———");
      return;
    case "html_block":
      text.add(marked.text(block.literal ?? ""));
      return;
    default:
      writeInlines(block, place);
  }
}

function writeList(list: Node, place: Place): void {
  const tight = list.listTight;
  for (const [index, item] of childrenOf(list).entries()) {
    if (index > 0) place.text.add(`${tight ? "\n" : "\n\n"}${place.indent}`);
    const bullet = list.listType === "ordered" ? `${(list.listStart ?? 1) + index}. ` : "• ";
    place.text.add(bullet);
    writeBlocks(childrenOf(item), { ...place, indent: `${place.indent}   `, tight });
  }
}

const STYLES: Readonly<Partial<Record<Node["type"], EntityType>>> = { emph: "italic", strong: "bold" };

function writeInlines(parent: Node, place: Place): void {
  const { text, marked, indent } = place;
  for (const node of childrenOf(parent)) {
    const style = STYLES[node.type];
    if (style !== undefined) text.within({ type: style }, () => writeInlines(node, place));
    else if (node.type === "link" || node.type === "image") writeLink(node, place);
    // GitHub shows a soft break in comments as a line break, and so does every chat.
    else if (node.type === "softbreak" || node.type === "linebreak") text.add(`\n${indent}`);
    else if (node.type === "code")
      text.within({ type: "code" }, () => text.add(marked.text(node.literal ?? "")));
    else text.add(marked.text(node.literal ?? ""));
  }
}

function writeLink(node: Node, place: Place): void {
  const { text, marked } = place;
  const address = marked.address(node.destination ?? "");
  text.link(address, () => {
    if (node.firstChild === null) text.add(address);
    else writeInlines(node, place);
  });
}

function childrenOf(parent: Node): Node[] {
  const children: Node[] = [];
  for (let child = parent.firstChild; child !== null; child = child.next) children.push(child);
  return children;
}
