import * as z from "zod";
import { ValueError } from "../../../shared/runtime/values.ts";

/** A line of its own in a message. */
export type FieldLine = { readonly name: string; readonly value: string };

const jsonFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/**
 * Reads lines such as `Region: eu-west`, or a JSON object. A line without a colon goes on with the value before it, so
 * that a value which turns out to have several lines fails no step.
 */
export function parseFields(text: string): readonly FieldLine[] {
  if (text.startsWith("{")) return parseJson(text);
  const fields: { name: string; value: string }[] = [];
  for (const line of text.split(/\r\n?|\n/)) {
    const [, name, value] = /^\s*([^:]*[^:\s])\s*:(?:\s+(.*))?$/.exec(line) ?? [];
    const last = fields.at(-1);
    if (name !== undefined) fields.push({ name, value: value ?? "" });
    else if (last !== undefined) last.value += `\n${line}`;
    else if (line.trim() !== "") throw new ValueError("must be lines such as `Region: eu-west`");
  }
  return fields.map(({ name, value }) => ({ name, value: value.trimEnd() }));
}

function parseJson(text: string): readonly FieldLine[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ValueError("starts like a JSON object and is none");
  }
  const parsed = jsonFields.safeParse(value);
  if (!parsed.success) throw new ValueError("must have texts, numbers or booleans as its values");
  return Object.entries(parsed.data).map(([name, entry]) => ({ name, value: String(entry ?? "") }));
}
