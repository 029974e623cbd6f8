import type { Judged } from "./apply-policy.ts";
import { creationOrder } from "./repair/creation-order.ts";
import type { Results } from "./results.ts";

/** The repair statements of all findings as one file. Nothing in it is meant to be run unread. */
export function repairScript({ findings, environment, target }: Results): string {
  const head = [
    `-- What would bring ${commented(target.database)} (${commented(environment)}) back to its baseline.`,
    "-- REVIEW EVERY STATEMENT before you run it: it may lock, rewrite or lose what is there, and each was made on its own.",
  ];
  const parts = findings
    .filter(({ severity }) => severity !== "info")
    .toSorted((a, b) => turn(a) - turn(b))
    .map(({ kind, name, code, severity, reason, repair }) =>
      [`-- ${severity} ${code}: ${commented(`${kind} ${name}`)}`, `-- ${commented(reason)}`, ...repair].join(
        "\n",
      ),
    );
  return `${[head.join("\n"), ...parts].join("\n\n")}\n`;
}

/** In one line, so that nothing of it can leave the comment. */
export function commented(text: string): string {
  return text.replace(/[\r\n\u0085\u2028\u2029]+/g, " ");
}

/** Names first, then what is missing, then everything else. */
function turn({ code, direction, kind }: Judged): number {
  return (code.endsWith("-RENAMED") ? 0 : direction === "missing" ? 100 : 200) + creationOrder(kind);
}
