import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Check } from "./check.ts";
import { licenceOf, lockedPackages } from "./lock-file.ts";

const DOCUMENT = "docs/dependencies.md";

/** docs/dependencies.md has a row for each dependency of this package, with its licence and why it was chosen. */
export const dependencies: Check = {
  name: "reasons for dependencies",
  mend: `mend the tables in ${DOCUMENT}`,
  find: async (root) => {
    const rows = dependencyRows(await readFile(path.join(root, DOCUMENT), "utf8").catch(() => ""));
    const packages = await lockedPackages(root);
    const { dependencies, devDependencies, optionalDependencies } = packages[""] ?? {};
    const wanted = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const problems: string[] = [];
    for (const name of wanted) {
      const row = rows.get(name);
      const licence = await licenceOf(root, packages, `node_modules/${name}`);
      if (row === undefined) problems.push(`${DOCUMENT}: has no row for ${name}.`);
      else if (row.reason === "") problems.push(`${DOCUMENT}: gives no reason for ${name}.`);
      else if (licence !== undefined && row.licence !== licence) {
        problems.push(`${DOCUMENT}: says ${row.licence} for ${name}, whose licence is ${licence}.`);
      }
    }
    const extra = [...rows.keys()].filter((name) => !wanted.includes(name));
    return {
      problems: [
        ...problems,
        ...extra.map((name) => `${DOCUMENT}: has a row for ${name}, which is not used.`),
      ],
    };
  },
};

/** The rows of the tables: package (a code span), licence, why this one. */
function dependencyRows(markdown: string): Map<string, { licence: string; reason: string }> {
  const rows = new Map<string, { licence: string; reason: string }>();
  for (const line of markdown.split("\n")) {
    const [, name, licence = "", reason = ""] = line.split("|").map((cell) => cell.trim());
    const named = /^`([^`]+)`$/.exec(name ?? "")?.[1];
    if (named !== undefined) rows.set(named, { licence, reason });
  }
  return rows;
}
