import { ValueError } from "../../../shared/runtime/values.ts";

/** One line of a map: where what fits the pattern goes. */
export type RefRule = { readonly pattern: string; readonly environment: string };

/** Lines such as `main = production`; with commas, too. Throws a ValueError. */
export function parseRefMap(text: string): readonly RefRule[] {
  const lines = text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.map((line) => {
    const [, pattern = "", environment = ""] = /^([^\s=]+)\s*=\s*(.+)$/.exec(line) ?? [];
    if (pattern === "") throw new ValueError("must have lines such as main = production");
    if (!/^(?:[\w.\-/]|\*)+$/.test(pattern))
      throw new ValueError("must have patterns of letters, digits and . - _ / with * and ** as wildcards");
    if (!isEnvironment(environment))
      throw new ValueError("must name environments by letters, digits, blanks and . - _ /");
    return { pattern, environment };
  });
}

/** Whether a text can be the name of an environment; GitHub allows more, which nobody has. */
export function isEnvironment(text: string): boolean {
  return /^[\w.\-/](?:[\w .\-/]{0,253}[\w.\-/])?$/.test(text);
}

/** The first rule that a name fits. */
export function ruleFor(rules: readonly RefRule[], name: string): RefRule | undefined {
  return rules.find(({ pattern }) => fits(pattern, name));
}

/** The branches that go to an environment by their whole name. */
export function branchesOf(rules: readonly RefRule[], environment: string): readonly string[] {
  return rules
    .filter((rule) => rule.environment === environment && !rule.pattern.includes("*"))
    .map(({ pattern }) => pattern);
}

/** As GitHub's own filters: `*` stops at a slash, `**` does not. */
function fits(pattern: string, name: string): boolean {
  const parts = pattern.split(/(\*\*?)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^/]*" : RegExp.escape(part);
  });
  return new RegExp(`^${parts.join("")}$`, "s").test(name);
}
