import { UserError } from "../../../shared/runtime/user-error.ts";
import type { PackagesApi } from "./packages-api.ts";
import { isName, type Selection } from "./pattern-list.ts";

export type Selected = { readonly names: readonly string[]; readonly warnings: readonly string[] };

/** The packages that the input names; asks GitHub for a listing only where there is a pattern. Throws a UserError. */
export async function selectPackages({ chosen, excluded }: Selection, api: PackagesApi): Promise<Selected> {
  const warnings: string[] = [];
  const listed = chosen.every(isName) ? [] : await api.names();
  const found = new Set<string>();
  for (const pattern of chosen) {
    const names = isName(pattern) ? [pattern.source] : listed.filter((name) => pattern.matches(name));
    if (names.length === 0) warnings.push(`packages: ${pattern.source} matches no package.`);
    for (const name of names) found.add(name);
  }
  for (const pattern of excluded) {
    const names = [...found].filter((name) => pattern.matches(name));
    if (names.length === 0) warnings.push(`packages: !${pattern.source} leaves out nothing.`);
    for (const name of names) found.delete(name);
  }
  if (found.size > 0) return { names: [...found].sort(), warnings };
  throw new UserError("packages: no package is chosen.", {
    hint: warnings.length === 0 ? "Everything is left out again." : warnings.join(" "),
    where: { input: "packages" },
  });
}
