import { UserError } from "../../runtime/user-error.ts";
import { type Catalog, type Kind, kindNames, propertyModel } from "./model.ts";
import { packLine } from "./packed.ts";
import { snapshotOrder } from "./snapshot-order.ts";

/**
 * Of the text below. A version of the model with another kind or property needs another number, since a snapshot
 * without a property says that it is at its default.
 */
export const SNAPSHOT_FORMAT = 1;

const TITLE = "PostgreSQL schema snapshot, format ";
/** Says that nothing was cut off. No number of objects: two branches that add some could not be merged. */
const END = "end of snapshot";

/** Whether a text claims to be a snapshot, of whatever format. */
export function isSnapshot(text: string): boolean {
  return text.replace(/^\ufeff/, "").startsWith(TITLE);
}

/**
 * The catalog as text: stable, sorted, a line for each property, so that it reads well in a diff. What is at its
 * default has no line. Parts follow their wholes, so that a table stands together.
 */
export function writeSnapshot(catalog: Catalog): string {
  const lines = [`${TITLE}${SNAPSHOT_FORMAT}`, `  server ${catalog.server.major}`];
  for (const hidden of [...catalog.unreadable].sort()) lines.push(`  unreadable ${hidden}`);
  for (const { kind, name, packed, isPart } of snapshotOrder(catalog)) {
    if (!isPart) lines.push("");
    lines.push(written("", kind, name));
    if (packed === "") continue;
    if (UNFIT.test(packed) || / (?:\n|$)/.test(packed)) {
      for (const line of linesOf(packed)) lines.push(written("  ", line.property, line.value));
    } else {
      lines.push(`  ${packed.replace(/\n(?!\t)/g, "\n  ")}`);
    }
  }
  return `${[...lines, "", END].join("\n")}\n`;
}

// Control characters other than line feed and tab, and invisible ones that change how a line looks.
const UNFIT = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\n\t]]/v;
const EACH_UNFIT = new RegExp(UNFIT, "gv");

function linesOf(packed: string): { readonly property: string; readonly value: string }[] {
  return packed.split(/\n(?!\t)/).map((line) => {
    const blank = line.indexOf(" ");
    return { property: line.slice(0, blank), value: line.slice(blank + 1).replaceAll("\n\t", "\n") };
  });
}

/** `word value`, or `word: "value"` as JSON where the value would not survive as plain text. */
function written(indent: string, word: string, value: string): string {
  const plain = value !== "" && !UNFIT.test(value) && (indent !== "" || !/[\n\t]/.test(value));
  if (plain) return `${indent}${packLine(word, value)}`;
  const json = JSON.stringify(value).replace(EACH_UNFIT, escaped);
  return `${indent}${word}: ${json}`;
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

type Line = { readonly number: number; readonly text: string };

/** Reads what {@link writeSnapshot} wrote. `file` is for the errors: UserErrors that name the line. */
export function parseSnapshot(text: string, file: string): Catalog {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const refuse = (number: number, why: string, hint = REGENERATE): never => {
    throw new UserError(`${file}, line ${number}: ${why}.`, { hint, where: { file, line: number } });
  };
  const format = /^(\d+)$/.exec(lines[0]?.slice(TITLE.length) ?? "")?.[1];
  if (!isSnapshot(text) || format === undefined) return refuse(1, "this is no snapshot of a schema");
  if (Number(format) !== SNAPSHOT_FORMAT) {
    const why = `the snapshot has format ${format}, and this version reads format ${SNAPSHOT_FORMAT}`;
    const newer = Number(format) > SNAPSHOT_FORMAT;
    return refuse(
      1,
      why,
      newer ? "A newer version of the action wrote it: use that, or write it again." : REGENERATE,
    );
  }
  const objects = new Map<Kind, Map<string, string>>();
  const unreadable = new Set<string>();
  let major = 0;
  const all = blocks(lines);
  const end = all.pop();
  if (all.length === 0 || end?.[0]?.text !== END || end.length > 1)
    return refuse(lines.length, `the snapshot is cut off: it does not end with "${END}"`);
  for (const [index, block] of all.entries()) {
    const [head, ...properties] = block;
    if (head === undefined) continue;
    if (index === 0) {
      for (const { number, text: line } of properties) {
        const [, word, value = ""] = /^ {2}(server|unreadable) (.+)$/.exec(line) ?? [];
        if (word === "unreadable") unreadable.add(value);
        else if (word === "server" && /^\d{1,3}$/.test(value)) major = Number(value);
        else refuse(number, "this line is not understood");
      }
      if (major === 0) refuse(1, "the snapshot does not say the version of its server");
      continue;
    }
    const kind = kindOf(head.text);
    if (kind === undefined)
      return refuse(head.number, `no kind of object begins like this: ${shown(head.text)}`);
    const name = textAfter(head.text, kind);
    if (name === undefined) return refuse(head.number, "the name is not understood");
    const packed = properties.map((line) => {
      const property = /^ {2}([a-z][a-z-]*)/.exec(line.text)?.[1];
      if (property === undefined)
        return refuse(line.number, `this line is not understood: ${shown(line.text)}`);
      if (propertyModel(kind, property) === undefined && property !== "definition")
        return refuse(line.number, `a ${kind} has no property ${property}`);
      const value = textAfter(line.text.slice(2), property);
      if (value === undefined) return refuse(line.number, "the value is not understood");
      return packLine(property, value);
    });
    const named = objects.get(kind) ?? new Map<string, string>();
    if (named.has(name)) refuse(head.number, `${kind} ${name} is there a second time`);
    objects.set(kind, named.set(name, packed.join("\n")));
  }
  return { server: { major, full: String(major) }, objects, unreadable };
}

const REGENERATE = "Write it again with update-baseline: true, or take the version that git has.";

/** The objects, each its head and its properties with their continuations joined to them. */
function blocks(lines: readonly string[]): Line[][] {
  const found: Line[][] = [];
  let empty = 0;
  for (const [index, text] of lines.entries()) {
    const line = { number: index + 1, text };
    if (text === "") {
      empty++;
      continue;
    }
    const block = found.at(-1);
    if (text.startsWith("\t") && block !== undefined) {
      const last = block.pop() as Line;
      // Lines between are the value's own, left without their tab by an editor.
      block.push({ ...last, text: `${last.text}${"\n".repeat(empty + 1)}${text.slice(1)}` });
    } else if (text.startsWith(" ") && block !== undefined) block.push(line);
    else found.push([line]);
    empty = 0;
  }
  return found;
}

const byLength = kindNames.toSorted((one, two) => two.length - one.length);

function kindOf(head: string): Kind | undefined {
  return byLength.find((kind) => head.startsWith(`${kind} `) || head.startsWith(`${kind}: "`));
}

function textAfter(line: string, word: string): string | undefined {
  const rest = line.slice(word.length);
  if (rest === "") return "";
  if (rest.startsWith(" ")) return rest.slice(1);
  if (!rest.startsWith(": ")) return undefined;
  try {
    const value: unknown = JSON.parse(rest.slice(2));
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
