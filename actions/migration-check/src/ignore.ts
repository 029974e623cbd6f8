import { UserError } from "../../../shared/runtime/user-error.ts";
import { CODE_NAMES, type Finding } from "./finding.ts";

/** A finding that is known: its code, and the revision where it is about one alone. */
export type IgnoreRule = { readonly code: string; readonly revision: string | undefined };

/** Reads `MC-EDITED` and `MC-EDITED 20240101_orders`. Throws a UserError for a code that there is not. */
export function ignoreRules(entries: readonly string[]): readonly IgnoreRule[] {
  return entries.map((entry) => {
    const [, code = "", revision] = /^(\S+)(?:\s+(.+))?$/.exec(entry) ?? [];
    if ((CODE_NAMES as readonly string[]).includes(code)) return { code, revision };
    throw new UserError(`input ignore: there is no finding ${JSON.stringify(code.slice(0, 40))}.`, {
      hint: `There are ${CODE_NAMES.join(", ")}; a revision may follow.`,
      where: { input: "ignore" },
    });
  });
}

export function isIgnored({ code, revision }: Finding, rules: readonly IgnoreRule[]): boolean {
  return rules.some(
    (rule) => rule.code === code && (rule.revision === undefined || rule.revision === revision),
  );
}
