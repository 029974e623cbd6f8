import { writeFileSync } from "node:fs";
import path from "node:path";
import { makeTempDir } from "../support/temp-dir.ts";

/** Writes an action folder: a CommonJS script, and the part of action.yml before `runs`. */
export function scratchAction(script: string, manifest = "inputs: {}", runs = ""): string {
  const folder = makeTempDir("scratch-action").path;
  const head = "name: Scratch\ndescription: An action of a test\n";
  writeFileSync(
    path.join(folder, "action.yml"),
    `${head}${manifest}\nruns:\n  using: node24\n  main: index.js\n${runs}`,
  );
  writeFileSync(path.join(folder, "index.js"), script);
  return folder;
}
