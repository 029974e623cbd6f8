import path from "node:path";

/** What the readers know of the world: where the repository was checked out, and when to stop. */
export type Context = { readonly workspace: string; readonly signal?: AbortSignal };

/**
 * The path of a source file in a report, from the root of the repository and with slashes, so that two reports name a
 * file alike and an annotation finds it. A file outside stays as it is written.
 */
export function sourceFile(written: string, { workspace }: Pick<Context, "workspace">, folder = ""): string {
  const plain = slashed(written.replace(/^file:\/\//, ""));
  const whole =
    path.posix.isAbsolute(plain) || folder === "" ? plain : path.posix.join(slashed(folder), plain);
  const root = slashed(workspace).replace(/\/$/, "");
  const normal = path.posix.normalize(whole);
  return normal.startsWith(`${root}/`) ? normal.slice(root.length + 1) : normal;
}

function slashed(text: string): string {
  return text.replaceAll("\\", "/");
}
