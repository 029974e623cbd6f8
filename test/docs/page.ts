import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";

/** The blocks of a page of docs/ in one language, in their order. */
export function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(path.join(REPOSITORY, "docs", page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, block = ""]) => block,
  );
}

/** A text with names and addresses of a page replaced by those of the test. Each has to be there. */
export function withOwn(text: string, own: Readonly<Record<string, string>>): string {
  return Object.entries(own).reduce((result, [theirs, ours]) => {
    if (!result.includes(theirs)) throw new Error(`the page does not say ${theirs}`);
    return result.replaceAll(theirs, ours);
  }, text);
}

const MARK = "---- the end of a block ----";

/**
 * Runs blocks one after the other in one shell, as somebody does who copies them, and stops at the first command that
 * fails. Gives what each wrote.
 */
export function follow(
  blocks: readonly string[],
  where: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<readonly string[]> {
  const script = ["exec 2>&1", "set -e", ...blocks.flatMap((block) => [block, `echo '${MARK}'`])].join("\n");
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", script], { ...where, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error === null) resolve(stdout.split(`${MARK}\n`));
      else reject(new Error(`The page cannot be followed:\n${stdout}`));
    });
  });
}
