import path from "node:path";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { readManifest } from "../../scripts/runner/manifest.ts";

/** The defaults of an action's inputs; those that GitHub works out (`${{ … }}`) are empty. */
export async function defaultInputs(action: string): Promise<Readonly<Record<string, string>>> {
  const { inputs } = await readManifest(path.join(REPOSITORY, "actions", action));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      input.default.startsWith("${{") ? "" : input.default,
    ]),
  );
}
