import { SaxesParser } from "saxes";

export type Junit = {
  readonly tests: number;
  readonly failures: number;
  readonly skipped: number;
  /** What became of each case, in order. */
  readonly cases: readonly string[];
  readonly names: readonly string[];
};

/** Reads a JUnit report with a strict XML parser. Throws when it is not well-formed. */
export function readJunit(xml: string): Junit {
  const cases: string[] = [];
  const names: string[] = [];
  let totals = { tests: -1, failures: -1, skipped: -1 };
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    const number = (key: string) => Number(attributes[key]);
    if (name === "testsuite")
      totals = { tests: number("tests"), failures: number("failures"), skipped: number("skipped") };
    if (name === "testcase") {
      cases.push("passed");
      names.push(String(attributes["name"]));
    }
    if (name === "failure") cases[cases.length - 1] = "failed";
    if (name === "skipped") cases[cases.length - 1] = "skipped";
  });
  parser.write(xml).close();
  return { ...totals, cases, names };
}
