import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { actionNames } from "../bundle/repository.ts";

/** The name under which the documentation and the examples call this repository. */
export const OWN_REPOSITORY = "org/actions";

/**
 * The name of the action of ours that a `uses:` means, if it means one: `org/actions/<name>@v1` as users write it, or
 * a path within this repository (`./actions/<name>`, `./dist/<name>`, `./build/dist/<name>`).
 */
export function ownActionOf(uses: string): string | undefined {
  const released = uses.startsWith(`${OWN_REPOSITORY}/`) ? uses.slice(OWN_REPOSITORY.length + 1) : undefined;
  if (released !== undefined) return released.startsWith(".github/") ? undefined : released.split("@")[0];
  return /^\.\/(?:actions|dist|build\/dist)\/([^/]+)\/?$/.exec(uses)?.[1];
}

/** The `inputs` of one of our actions as its action.yml has them; undefined when there is no such action. */
export async function ownInputs(root: string, name: string): Promise<Record<string, object> | undefined> {
  if (!(await actionNames(root)).includes(name)) return undefined;
  return parse(await readFile(path.join(root, "actions", name, "action.yml"), "utf8"))?.inputs ?? {};
}
