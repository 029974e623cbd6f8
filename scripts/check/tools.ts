import path from "node:path";
import { runChild } from "../bundle/child.ts";
import type { Check } from "./check.ts";

/** Formatting and lint rules; warnings count, or nobody would ever read them. */
export const biome: Check = {
  name: "format and lint",
  mend: "npm run format (it mends what can be mended by itself and shows the rest)",
  find: async (root) =>
    outputOf(root, "@biomejs/biome/bin/biome", [
      "check",
      "--error-on-warnings",
      "--colors=off",
      "--max-diagnostics=50",
    ]),
};

/** Types of everything, tests and scripts too. */
export const types: Check = {
  name: "types",
  mend: "mend the types named above (npx tsc --noEmit shows them alone)",
  find: async (root) =>
    outputOf(root, "typescript/bin/tsc", ["-p", "tsconfig.json", "--noEmit", "--pretty", "false"]),
};

async function outputOf(root: string, script: string, args: readonly string[]) {
  const command = path.join(root, "node_modules", script);
  const { code, stdout, stderr } = await runChild(process.execPath, [command, ...args], { cwd: root });
  return { problems: code === 0 ? [] : [`${stdout}${stderr}`.trim()] };
}
