import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

export type HostScript = {
  /** The whole script. */
  readonly text: string;
  /** Where a line of it (from 1) was written, as `file:line`. */
  readonly at: (line: number) => string;
};

/**
 * The script that an action runs on a host: its `agent/*.sh`, joined in the order of their names. Undefined for an
 * action that has none.
 */
export async function hostScript(root: string, name: string): Promise<HostScript | undefined> {
  const folder = `actions/${name}/agent`;
  if (!existsSync(path.join(root, folder))) return undefined;
  const files = (await readdir(path.join(root, folder))).filter((file) => file.endsWith(".sh")).sort();
  const lines: string[] = [];
  const origins: string[] = [];
  for (const file of files) {
    const text = await readFile(path.join(root, folder, file), "utf8");
    for (const [index, line] of text.trimEnd().split("\n").entries()) {
      lines.push(line);
      origins.push(`${folder}/${file}:${index + 1}`);
    }
  }
  return { text: `${lines.join("\n")}\n`, at: (line) => origins[line - 1] ?? folder };
}

/** The module by which the bundle carries the script: a run reads no file beside itself. */
export function hostScriptModule({ text }: HostScript): string {
  const lines = text.trimEnd().split("\n");
  return [
    "// Made from ../agent/*.sh by `npm run docs`; do not edit.",
    "",
    "/** The script that runs on the host. */",
    "export const agentScript = [",
    ...lines.map((line) => `  ${JSON.stringify(line)},`),
    '  "",',
    '].join("\\n");',
    "",
  ].join("\n");
}
