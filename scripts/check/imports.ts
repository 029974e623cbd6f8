import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { preProcessFile } from "typescript";

/** What a source file imports, types included, as it is written there. */
export function importsOf(text: string): string[] {
  return preProcessFile(text).importedFiles.map((file) => file.fileName);
}

/** A source file and everything it imports from this repository, directly or not: texts by path from the root. */
export async function reachableSources(root: string, entry: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (sources.has(file) || !(await exists(path.join(root, file)))) continue;
    const text = await readFile(path.join(root, file), "utf8");
    sources.set(file, text);
    const folder = path.posix.dirname(file);
    for (const imported of importsOf(text)) {
      if (imported.startsWith(".")) waiting.push(path.posix.join(folder, imported));
    }
  }
  return sources;
}

/** The package of an import: `@scope/name/deep` is of `@scope/name`; undefined for our own files and Node's modules. */
export function packageOf(imported: string): string | undefined {
  if (imported.startsWith(".") || imported.startsWith("node:")) return undefined;
  return imported.split("/", imported.startsWith("@") ? 2 : 1).join("/");
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
