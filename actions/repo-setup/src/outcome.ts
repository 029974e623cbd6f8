import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { code, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import type { Difference } from "./differences.ts";

export type Result = {
  readonly mode: "check" | "apply";
  readonly repository: string;
  readonly before: readonly Difference[];
  /** What differs still; the same as before where nothing was changed. */
  readonly after: readonly Difference[];
};

/** Everything the user sees. Pure. */
export function outcomeOf({ mode, repository, before, after }: Result): Outcome {
  const result = after.length > 0 ? "differs" : before.length > 0 ? "applied" : "in-place";
  const failures = after.map(
    ({ kind, name, setting, is, wanted }): Failure => ({
      title: "repo-setup",
      message: `${kind} ${name}: ${setting} is ${is}, and should be ${wanted}.`,
      hint:
        mode === "check"
          ? "Run it with `mode: apply`, or change the file."
          : "GitHub took the change and it does not hold: most plans have no required reviewers and waiting times for private repositories.",
    }),
  );
  return {
    result,
    failures,
    outputs: { differences: before.length },
    summary: [
      heading(3, titles[result](before.length, after.length)),
      paragraph(`${code(repository)}`),
      ...(before.length === 0 ? [] : [differencesTable(before, after)]),
    ],
    details: { repository, differences: [...before], remaining: after.length },
  };
}

const titles = {
  "in-place": () => "✅ Everything is as the file says",
  applied: (before: number) => `✅ ${before} settings were changed, and hold`,
  differs: (before: number, after: number) =>
    `❌ ${after} of ${before} settings that differ from the file still do`,
} as const;

function differencesTable(before: readonly Difference[], after: readonly Difference[]): string {
  const left = new Set(after.map(({ kind, name, setting }) => `${kind} ${name} ${setting}`));
  return table({
    columns: [
      { title: "What" },
      { title: "Setting" },
      { title: "Was" },
      { title: "Should be" },
      { title: "Now" },
    ],
    rows: before.map(({ kind, name, setting, is, wanted }) => [
      `${plain(kind)} ${code(name)}`,
      plain(setting),
      plain(is),
      plain(wanted),
      left.has(`${kind} ${name} ${setting}`) ? "❌" : "✅",
    ]),
  });
}
