import { readFile } from "node:fs/promises";
import path from "node:path";
import { filesUnder } from "../bundle/repository.ts";
import type { Check } from "./check.ts";
import { importsOf, packageOf } from "./imports.ts";
import { type LockedPackages, licenceOf, lockedPackages } from "./lock-file.ts";

/** Licences that ask for no more than to be named, which licenses.txt does. */
const ALLOWED = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "PSF-2.0",
  "Unlicense",
];

/** What may end up in a bundle: what actions/ and shared/ import is a dependency, and its licence is allowed. */
export const licences: Check = {
  name: "bundled dependencies",
  mend: "choose another package, or move it to `dependencies` when actions need it",
  find: async (root) => {
    const packages = await lockedPackages(root);
    const problems: string[] = [];
    for (const folder of bundledPackages(packages)) {
      const licence = await licenceOf(root, packages, folder);
      if (licence !== undefined && isAllowed(licence)) continue;
      const name = folder.replace(/.*node_modules\//, "");
      problems.push(
        `${name}: its licence (${licence ?? "not known"}) is not among those allowed in a bundle.`,
      );
    }
    problems.push(...(await undeclaredImports(root, packages[""]?.dependencies ?? {})));
    return { problems };
  },
};

/** True for a licence we may bundle; of an SPDX expression, one side of OR, or both of AND. */
export function isAllowed(expression: string): boolean {
  const choices = expression.replaceAll(/[()]/g, "").split(/\s+OR\s+/);
  return choices.some((choice) =>
    choice.split(/\s+AND\s+/).every((licence) => ALLOWED.includes(licence.trim())),
  );
}

/** The folders of `dependencies` and all they need, as Node finds them: the nearest node_modules first. */
export function bundledPackages(packages: LockedPackages): string[] {
  const found = new Set<string>();
  const waiting = Object.keys(packages[""]?.dependencies ?? {}).map((name) => ({ from: "", name }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const folder = resolveFolder(packages, next.from, next.name);
    if (folder === undefined || found.has(folder)) continue;
    found.add(folder);
    const { dependencies, optionalDependencies } = packages[folder] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies }))
      waiting.push({ from: folder, name });
  }
  return [...found].sort();
}

function resolveFolder(packages: LockedPackages, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const candidate = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
    if (folder === "") return undefined;
  }
}

async function undeclaredImports(
  root: string,
  dependencies: Readonly<Record<string, string>>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const folder of ["actions", "shared"]) {
    for (const name of await filesUnder(path.join(root, folder))) {
      if (!name.endsWith(".ts")) continue;
      const file = `${folder}/${name}`;
      const packages = importsOf(await readFile(path.join(root, file), "utf8")).map(packageOf);
      for (const used of new Set(packages)) {
        if (used === undefined || used in dependencies) continue;
        problems.push(`${file}: imports ${used}, which is not among the \`dependencies\` of package.json.`);
      }
    }
  }
  return problems;
}
