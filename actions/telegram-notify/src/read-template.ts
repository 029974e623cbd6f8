import { readFile } from "node:fs/promises";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import type { Inputs } from "./inputs.ts";
import { format } from "./own-text.ts";
import type { Own } from "./placeholders.ts";
import { allPieces, parseTemplate, sectionsOf, type Template } from "./template.ts";

/**
 * The template of the inputs, checked: unknown names and bad markup are found now, in whatever section they stand.
 * `redact` takes out what must not leave by the message.
 */
export async function readTemplate(
  inputs: Inputs,
  own: Own,
  redact: (text: string) => string,
): Promise<Template | undefined> {
  const { template: inline, templateFile: file } = inputs;
  if (inline !== undefined && file !== undefined) {
    throw refused("template-file", "excludes template", "Keep one of them.");
  }
  if (inline === undefined && file === undefined) return undefined;
  const input = inline === undefined ? "template-file" : "template";
  const text = redact(inline ?? (await read(file ?? "")));
  try {
    const { template, mistakes } = parseTemplate(text, own);
    throwProblems(mistakes.map(({ line, what, hint }) => refused(input, `line ${line}: ${what}`, hint)));
    for (const part of [template, ...sectionsOf(template)]) format(allPieces(part), inputs.format);
    return template;
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw refused(input, error.message, "Mend the template, or choose another format.");
  }
}

async function read(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/^\ufeff/, "");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const hint = "The path is relative to the workspace; is actions/checkout a step before this one?";
    throw refused("template-file", `${file} cannot be read (${code})`, hint);
  }
}

function refused(input: string, what: string, hint: string): UserError {
  return new UserError(`input ${input}: ${what}.`, { hint, where: { input } });
}
