import { writeFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../shared/runtime/user-error.ts";
import { runChild } from "./child.ts";

/**
 * Compiles the sources of some actions, and what they import, to `<staging>/js`.
 * @throws UserError with the compiler's own text when a type is wrong.
 */
export async function compileActions(
  root: string,
  staging: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const config = path.join(staging, "tsconfig.json");
  await writeFile(
    config,
    JSON.stringify({
      extends: path.join(root, "tsconfig.build.json"),
      compilerOptions: { outDir: path.join(staging, "js"), noEmitOnError: true },
      include: names.map((name) => path.join(root, "actions", name, "src")),
    }),
  );
  const compiler = path.join(root, "node_modules/typescript/bin/tsc");
  const { code, stdout, stderr } = await runChild(process.execPath, [compiler, "-p", config], {
    cwd: root,
    signal,
  });
  if (code === 0) return;
  throw new UserError(`The sources do not compile:\n${(stdout + stderr).trim()}`, {
    hint: "Mend the types named above; `npx tsc --noEmit` shows them alone.",
  });
}
