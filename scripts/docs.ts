// npm run docs
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "./bundle/command-line.ts";
import { REPOSITORY } from "./bundle/repository.ts";
import { generateFiles, staleFiles } from "./docs/generated-files.ts";

/**
 * Brings the generated documentation up to date and returns the paths that changed.
 * @throws UserError or UserErrors when something to generate from is missing; then nothing is written.
 */
export async function writeDocs(root: string): Promise<string[]> {
  const files = await generateFiles(root);
  const stale = await staleFiles(root, files);
  for (const file of stale) {
    const text = files.get(file);
    if (text === undefined) await rm(path.join(root, file));
    else await writeFile(path.join(root, file), text);
  }
  return stale;
}

if (import.meta.main) {
  await runCommand(async () => {
    const changed = await writeDocs(REPOSITORY);
    console.log(changed.length === 0 ? "The generated files are current." : `Written: ${changed.join(", ")}`);
  });
}
