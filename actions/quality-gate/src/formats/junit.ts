import { type Parsed, ReportFault, type TestCase } from "../measures/report.ts";
import { type Context, sourceFile } from "./source-file.ts";
import type { XmlElement, XmlReader } from "./xml.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A suite that is open: what it says of itself, and what was counted in it and below. */
type Suite = {
  readonly name: string;
  readonly file: string | undefined;
  readonly declared: number;
  failed: number;
};

const MESSAGE_LENGTH = 2_000;

/**
 * JUnit's XML in the dialects of today: one suite as root, suites in suites, errors beside failures. What counts is what
 * became of each case; a suite that says that more have failed than it shows is believed.
 */
export function junitReader(context: Context): XmlReader<Parsed> {
  const cases: TestCase[] = [];
  const suites: Suite[] = [];
  let current: Writable<TestCase> | undefined;
  let unshown = 0;

  const addFailed = (name: string, message: string): void => {
    if (++unshown > MOST_DECLARED) throw new ReportFault("has more failures than tests fit into it");
    cases.push({ suite: suites.at(-1)?.name ?? "", name, outcome: "failed", message });
    for (const suite of suites) suite.failed++;
  };
  const open = ({ name, attributes }: XmlElement, above: readonly XmlElement[]): void => {
    const parent = above.at(-1)?.name;
    if (name === "testsuite" || name === "testsuites") suites.push(suiteOf(attributes, suites.at(-1)));
    else if (name === "testcase") {
      // Which of the two has failed, nobody could tell.
      if (current !== undefined) throw new ReportFault("has a test within another");
      current = caseOf(attributes, suites.at(-1), context);
    } else if (name === "failure" || name === "error") {
      const message = attributes["message"] ?? "";
      if (current === undefined) addFailed(suites.at(-1)?.name ?? name, message);
      else if (parent === "testcase") {
        if (current.message === undefined) current.message = message.slice(0, MESSAGE_LENGTH);
        current.outcome = "failed";
      }
    } else if (name === "skipped" && parent === "testcase" && current?.outcome === "passed") {
      current.outcome = "skipped";
    }
  };
  const close = ({ name }: XmlElement): void => {
    if (name === "testcase" && current !== undefined) {
      cases.push(place(current, context));
      if (current.outcome === "failed") for (const suite of suites) suite.failed++;
      current = undefined;
    }
    if (name !== "testsuite" && name !== "testsuites") return;
    const suite = suites.at(-1);
    for (let missing = (suite?.declared ?? 0) - (suite?.failed ?? 0); missing > 0; missing--) {
      addFailed(suite?.name ?? "", "the suite says that more tests have failed than it shows");
    }
    suites.pop();
  };
  return {
    open,
    text: (text, above) => {
      const inFailure = /^(?:failure|error)$/.test(above.at(-1)?.name ?? "");
      if (!inFailure || current === undefined || (current.message ?? "").length > MESSAGE_LENGTH) return;
      current.message = `${current.message ?? ""}\n${text}`.slice(0, MESSAGE_LENGTH);
    },
    close,
    result: () => ({ format: "junit", notes: [], content: { kind: "tests", cases } }),
  };
}

// More failures than this without a test to them is a hostile report and no suite.
const MOST_DECLARED = 100_000;

function suiteOf(attributes: XmlElement["attributes"], parent: Suite | undefined): Suite {
  const count = (name: string): number => {
    const value = Number(attributes[name] ?? 0);
    if (value > MOST_DECLARED) throw new ReportFault("has a suite with more failures than tests fit into it");
    return value > 0 ? Math.floor(value) : 0;
  };
  const name = attributes["name"] ?? parent?.name ?? "";
  return { name, file: attributes["file"], declared: count("failures") + count("errors"), failed: 0 };
}

function caseOf(attributes: XmlElement["attributes"], suite: Suite | undefined, context: Context) {
  const { classname, name = "", file = suite?.file, line, status, result } = attributes;
  // GoogleTest and CTest list what they did not run with a status, and perhaps without an element.
  const idle =
    /^(?:notrun|disabled|skipped|ignored)$/i.test(status ?? "") ||
    /^(?:suppressed|skipped)$/i.test(result ?? "");
  const failed = /^(?:fail|failed|failure|error)$/i.test(status ?? "");
  // pytest counts lines from 0 (its lineno is that of Python's code objects less one), everybody else from 1.
  const first = suite?.name === "pytest" ? 1 : 0;
  const number = /^\d{1,7}$/.test(line ?? "") ? Number(line) + first : 0;
  const test: Writable<TestCase> = {
    suite: classname ?? suite?.name ?? "",
    name,
    outcome: failed ? "failed" : idle ? "skipped" : "passed",
  };
  if (file !== undefined && file !== "") test.file = sourceFile(file, context);
  if (number > 0) test.line = number;
  return test;
}

/** The place that the failure's own text names, where there is one in the file of the test: that is the line that failed. */
function place(test: TestCase, context: Context): TestCase {
  if (test.outcome !== "failed" || test.message === undefined) return test;
  for (const [, file = "", line] of test.message.matchAll(
    /(?:^|[\s(])((?:file:\/\/)?[\w@./\\+-]+\.\w+):(\d{1,7})\b/gm,
  )) {
    const named = sourceFile(file, context);
    const inside = !named.startsWith("/") && !named.startsWith("..") && !named.includes("node_modules/");
    if (inside && (test.file === undefined ? named.includes("/") : test.file === named)) {
      return { ...test, file: named, line: Number(line) };
    }
  }
  return test;
}
