import type { ActionResult } from "../runner/run-action.ts";
import type { Expected } from "./chapter.ts";

type Judged = Pick<ActionResult, "conclusion" | "outputs" | "annotations" | "orphans">;

/** In what a run differs from what it must come to; nothing when it is as it must be. Pure. */
export function judgeVerdict(
  expected: Expected,
  { conclusion, outputs, annotations, orphans }: Judged,
): string[] {
  const problems: string[] = [];
  if (conclusion !== expected.conclusion) {
    problems.push(`expected ${expected.conclusion}, got ${conclusion}`);
  }
  if (expected.conclusion === "success") {
    for (const [name, value] of Object.entries(expected.outputs)) {
      if (outputs[name] === value) continue;
      problems.push(`output ${name}: expected ${value}, got ${outputs[name] ?? "nothing"}`);
    }
  }
  const because = expected.conclusion === "failure" ? expected.because : [];
  const errors = annotations.filter(({ level }) => level === "error").map(({ message }) => message);
  for (const pattern of because) {
    if (!errors.some((message) => pattern.test(message))) problems.push(`no error says ${pattern.source}`);
  }
  for (const message of errors) {
    if (!because.some((pattern) => pattern.test(message))) problems.push(`an unexpected error: ${message}`);
  }
  for (const { name, pid } of orphans) problems.push(`left running: ${name} (${pid})`);
  return problems;
}
