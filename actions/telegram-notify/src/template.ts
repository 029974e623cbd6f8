import Mustache from "mustache";
import { ValueError } from "../../../shared/runtime/values.ts";
import { hintFor, type Kind, kindOf, type Own, type Values } from "./placeholders.ts";

/** A template, read and checked. Only the parser is Mustache's: what it would write is text, and a value never is. */
export type Template = readonly Node[];

type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "value"; readonly name: string }
  | {
      readonly type: "section";
      readonly name: string;
      readonly kind: Kind;
      readonly inverted: boolean;
      readonly body: Template;
    };

/** A template filled in: what its author wrote, and the values that came in. */
export type Piece = string | { readonly value: string };

/** A name in a template that cannot stand there. */
export type Mistake = { readonly line: number; readonly what: string; readonly hint: string };

/**
 * Reads a template, and tells every mistake in its names; without `own`, fields and variables are not looked at.
 * Throws a ValueError for bad syntax.
 */
export function parseTemplate(
  text: string,
  own: Own | undefined,
): { readonly template: Template; readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  const refuse = (at: number, what: string, hint: string): undefined => {
    const line = text.slice(0, at).split("\n").length;
    mistakes.push({ line, what, hint });
  };
  const check = (name: string, at: number, within: readonly string[]): Kind | undefined => {
    const kind = name === "." && within.at(-1) === "" ? "text" : kindOf(name, within, own);
    return kind ?? refuse(at, `there is no placeholder ${name}`, hintFor(name, within, own));
  };
  const read = (tokens: readonly Token[], within: readonly string[]): Template =>
    tokens.flatMap((token): Template => {
      const [type, name, at] = token;
      switch (type) {
        case "text":
          return [{ type, text: name }];
        case "name":
        case "&": {
          const kind = check(name, at, within);
          if (kind === "text") return [{ type: "value", name }];
          const hint = `Write {{#${name}}}…{{/${name}}} around what it is about.`;
          if (kind !== undefined) refuse(at, `${name} is a ${kind === "flag" ? "condition" : "list"}`, hint);
          return [];
        }
        case "#":
        case "^": {
          const kind = check(name, at, within);
          if (kind === undefined) return [];
          const inner = kind === "flag" || type === "^" ? within : [...within, kind === "list" ? name : ""];
          return [{ type: "section", name, kind, inverted: type === "^", body: read(token[4], inner) }];
        }
        case ">":
          refuse(at, "a template has no parts in other files", `Put what ${name} holds in its place.`);
          return [];
        default:
          return [];
      }
    });
  return { template: read(tokensOf(text), []), mistakes };
}

/** Fills a template in. */
export function fillTemplate(template: Template, values: Values): Piece[] {
  const fill = (nodes: Template, frames: readonly Frame[]): Piece[] =>
    nodes.flatMap((node): Piece[] => {
      if (node.type === "text") return [node.text];
      if (node.type === "value") return [{ value: lookUp(node.name, frames) }];
      const { name, kind, inverted, body } = node;
      const inner: readonly Frame[] = framesOf(name, kind, frames);
      if (inverted) return inner.length === 0 ? fill(body, frames) : [];
      return inner.flatMap((frame) => fill(body, [frame, ...frames]));
    });
  const framesOf = (name: string, kind: Kind, frames: readonly Frame[]): readonly Frame[] => {
    if (kind === "list") return values.lists[name] ?? [];
    if (kind === "flag") return values.flags.has(name) ? [{}] : [];
    const value = lookUp(name, frames);
    return value === "" ? [] : [{ ".": value }];
  };
  return fill(template, [values.texts]);
}

/** Everything that the author wrote, each section once: what holds for it holds for whatever is filled in. */
export function allPieces(template: Template): Piece[] {
  return template.flatMap((node): Piece[] => {
    if (node.type === "text") return [node.text];
    return node.type === "value" ? [{ value: "value" }] : allPieces(node.body);
  });
}

/** Every section by itself: whatever is left out or repeated, each must be whole. */
export function sectionsOf(template: Template): Template[] {
  return template.flatMap((node) => (node.type === "section" ? [node.body, ...sectionsOf(node.body)] : []));
}

/** The variables of the environment that a template names. */
export function variablesIn(template: Template): string[] {
  return template.flatMap((node): string[] => {
    const name = node.type !== "text" && node.name.startsWith("env.") ? [node.name.slice(4)] : [];
    return node.type === "section" ? [...name, ...variablesIn(node.body)] : name;
  });
}

type Frame = Readonly<Record<string, string>>;

function lookUp(name: string, frames: readonly Frame[]): string {
  const frame = frames.find((each) => Object.hasOwn(each, name));
  if (frame?.[name] === undefined) throw new Error(`no value for ${name}`);
  return frame[name];
}

/** A token of Mustache: its type, its name or text, where it starts and ends, and what is in it. */
type Token = readonly [
  type: "text" | "name" | "&" | "#" | "^" | "/" | ">" | "!" | "=",
  name: string,
  start: number,
  end: number,
  body: readonly Token[],
];

function tokensOf(text: string): readonly Token[] {
  try {
    return Mustache.parse(text) as unknown as readonly Token[];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ValueError(`is no template: ${error.message}`, { cause: error });
  }
}
