import { readFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../shared/runtime/user-error.ts";
import { filesUnder } from "../bundle/repository.ts";
import { replaceMarked } from "./markdown.ts";

/**
 * The pages of docs/ with the files of templates/ that they show, between `<!-- generated:templates/… -->` and its end: what
 * people read there is what they copy.
 * @throws UserError for a file that is not there, or markers that are not there exactly once.
 */
export async function pagesWithTemplates(root: string): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  for (const name of await filesUnder(path.join(root, "docs"))) {
    if (!name.endsWith(".md")) continue;
    const file = `docs/${name}`;
    let text = await readFile(path.join(root, file), "utf8");
    const shown = [...text.matchAll(/<!-- generated:(templates\/\S+) -->/g)].map(
      ([, template = ""]) => template,
    );
    for (const template of shown)
      text = replaceMarked(text, template, await codeOf(root, template, file), file);
    if (shown.length > 0) pages.set(file, text);
  }
  return pages;
}

async function codeOf(root: string, template: string, file: string): Promise<string> {
  const text = await readFile(path.join(root, template), "utf8").catch((cause) => {
    throw new UserError(`${template} cannot be read.`, {
      hint: "Name a file of templates/, or write it.",
      where: { file },
      cause,
    });
  });
  const language = { ".sh": "sh", ".conf": "nginx" }[path.extname(template)] ?? "yaml";
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}
