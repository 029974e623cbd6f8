import { type CheckResult, count, type Results } from "./result.ts";

/**
 * The results as JUnit XML, in the form that GitLab, Jenkins and most report viewers read: one suite. `redact` is applied
 * to each text on its own, so that a secret that happens to be a word of the format leaves the format alone.
 */
export function junitOf({ checks, durationMs }: Results, redact: (text: string) => string): string {
  const { failed, skipped } = count(checks);
  const totals = `tests="${checks.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds(durationMs)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="smoke-test" ${totals}>`,
    `  <testsuite name="smoke-test" ${totals}>`,
    ...checks.map((check) => testCase(check, (text) => xmlText(redact(text)))),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase(check: CheckResult, text: (raw: string) => string): string {
  const { name, kind, status, problems, hint, where, totalMs } = check;
  const place =
    where.file === undefined
      ? ""
      : ` file="${text(where.file)}"${where.line === undefined ? "" : ` line="${where.line}"`}`;
  const open = `    <testcase name="${text(name)}" classname="smoke-test.${text(kind)}"${place} time="${seconds(totalMs)}"`;
  const why = text(problems.join("; "));
  if (status === "passed") return `${open}/>`;
  if (status === "skipped") return `${open}><skipped message="${why}"/></testcase>`;
  return `${open}><failure message="${why}">${text([...problems, hint ?? ""].join("\n").trim())}</failure></testcase>`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** XML 1.0 has no way to write most control characters and lone surrogates: they become the replacement character. */
function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
    .replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
