import { describe, expect, it } from "vitest";
import type { Finding } from "../../actions/quality-gate/src/measures/finding.ts";
import { bytesOf, FIXTURES, fixture, measure, REPORTS, read } from "./fixtures.ts";

/** What each report says, as its tool counts it itself. */
const EXPECTED: Readonly<
  Record<string, { readonly format: string; readonly metrics: Record<string, number> }>
> = {
  "cobertura-coverage-py.xml": {
    format: "cobertura",
    metrics: { "coverage.lines": 700 / 11, "coverage.branches": 50 },
  },
  "coverage-py-format-3.json": {
    format: "coverage-py",
    metrics: { "coverage.lines": 700 / 11, "coverage.branches": 50 },
  },
  "coverage-py-6.json": { format: "coverage-py", metrics: { "coverage.lines": 700 / 11 } },
  "lcov-coverage-py.info": {
    format: "lcov",
    metrics: { "coverage.lines": 700 / 11, "coverage.branches": 50, "coverage.functions": 50 },
  },
  "cobertura-istanbul.xml": {
    format: "cobertura",
    metrics: { "coverage.lines": 100, "coverage.branches": 50, "coverage.functions": 100 },
  },
  "istanbul.json": {
    format: "istanbul",
    metrics: {
      "coverage.lines": 100,
      "coverage.branches": 50,
      "coverage.functions": 100,
      "coverage.statements": 80,
    },
  },
  "istanbul-summary.json": {
    format: "istanbul-summary",
    metrics: {
      "coverage.lines": 100,
      "coverage.branches": 50,
      "coverage.functions": 100,
      "coverage.statements": 80,
    },
  },
  "lcov-istanbul.info": {
    format: "lcov",
    metrics: { "coverage.lines": 100, "coverage.branches": 50, "coverage.functions": 100 },
  },
  "jacoco.xml": {
    format: "jacoco",
    metrics: { "coverage.lines": 75, "coverage.branches": 62.5, "coverage.functions": 50 },
  },
  "go-cover.out": { format: "go-cover", metrics: { "coverage.statements": 200 / 3, "coverage.lines": 60 } },
  "written/lcov-2.2.info": {
    format: "lcov",
    metrics: { "coverage.lines": 100, "coverage.branches": 100 / 3, "coverage.functions": 50 },
  },
  "junit-pytest-passed.xml": {
    format: "junit",
    metrics: { "tests.count": 2, "tests.failed": 0, "tests.skipped": 0 },
  },
  "junit-pytest.xml": {
    format: "junit",
    metrics: { "tests.count": 5, "tests.failed": 2, "tests.skipped": 1 },
  },
  "junit-pytest-xunit1.xml": {
    format: "junit",
    metrics: { "tests.count": 5, "tests.failed": 2, "tests.skipped": 1 },
  },
  "junit-vitest.xml": {
    format: "junit",
    metrics: { "tests.count": 2, "tests.failed": 1, "tests.skipped": 1 },
  },
  "junit-go.xml": { format: "junit", metrics: { "tests.count": 2, "tests.failed": 1, "tests.skipped": 1 } },
  "written/junit-surefire.xml": {
    format: "junit",
    metrics: { "tests.count": 3, "tests.failed": 1, "tests.skipped": 1 },
  },
  "written/junit-jest.xml": {
    format: "junit",
    metrics: { "tests.count": 2, "tests.failed": 1, "tests.skipped": 1 },
  },
  "written/junit-nested.xml": {
    format: "junit",
    metrics: { "tests.count": 3, "tests.failed": 1, "tests.skipped": 0 },
  },
  "written/junit-googletest.xml": {
    format: "junit",
    metrics: { "tests.count": 2, "tests.failed": 1, "tests.skipped": 1 },
  },
  "bandit.json": {
    format: "bandit",
    metrics: { "security.high": 1, "security.low": 2, "security.total": 3 },
  },
  "bandit-clean.json": { format: "bandit", metrics: { "security.total": 0 } },
  "sarif-bandit.json": {
    format: "sarif",
    metrics: { "security.high": 1, "security.low": 2, "security.total": 3 },
  },
  "gitleaks.json": { format: "gitleaks", metrics: { "security.critical": 1, "security.secrets": 1 } },
  "gitleaks-clean.json": { format: "gitleaks", metrics: { "security.total": 0 } },
  "sarif-gitleaks.json": { format: "sarif", metrics: { "security.critical": 1, "security.secrets": 1 } },
  "trivy.json": { format: "trivy", metrics: {} },
  "sarif-trivy.json": { format: "sarif", metrics: {} },
  "written/trivy-vulnerabilities.json": {
    format: "trivy",
    // One is of unknown severity, which counts as critical here.
    metrics: { "security.critical": 2, "security.high": 1, "security.low": 1, "security.total": 4 },
  },
  "written/sarif-codeql.json": {
    format: "sarif",
    metrics: { "security.critical": 1, "security.high": 1, "security.low": 1, "security.total": 3 },
  },
  "pip-audit.json": { format: "pip-audit", metrics: { "security.critical": 1, "security.total": 1 } },
  "pip-audit-clean.json": { format: "pip-audit", metrics: { "security.total": 0 } },
  "npm-audit-7.json": { format: "npm-audit", metrics: { "security.high": 1, "security.total": 1 } },
  "written/npm-audit-6.json": { format: "npm-audit", metrics: { "security.medium": 1, "security.total": 1 } },
  "safety-2.json": { format: "safety", metrics: { "security.critical": 1, "security.total": 1 } },
  "safety-2-clean.json": { format: "safety", metrics: { "security.total": 0 } },
  "written/safety-3.json": { format: "safety", metrics: { "security.critical": 1, "security.total": 1 } },
  "locust-stats.csv": {
    format: "locust",
    metrics: {
      "perf.requests": 567,
      "perf.failures": 7,
      "perf.errors": 700 / 567,
      "perf.p50": 14,
      "perf.p95": 88,
    },
  },
  "k6-summary-export.json": {
    format: "k6",
    metrics: {
      "perf.requests": 60,
      "perf.errors": 5,
      "perf.checks": 95,
      "perf.p95": 4.62384265,
      "perf.p99": 6.6865214,
    },
  },
  "k6-handle-summary.json": {
    format: "k6",
    metrics: { "perf.requests": 60, "perf.success": 95, "perf.p50": 1.33805, "perf.max": 6.558799 },
  },
  "locust-failures.csv": { format: "locust", metrics: {} },
  "locust-exceptions.csv": { format: "locust", metrics: {} },
  "locust-stats_history.csv": { format: "locust", metrics: {} },
};

describe("a report", () => {
  it.each(REPORTS)("%s is known by its content and says what its tool says", async (name) => {
    const report = await fixture(name);
    expect({ format: report.format }).toEqual({ format: EXPECTED[name]?.format });
    const measured = measure(report);
    for (const [metric, value] of Object.entries(EXPECTED[name]?.metrics ?? {})) {
      expect({ [metric]: measured[metric] }).toEqual({ [metric]: expect.closeTo(value, 9) });
    }
  });

  it("is read the same in UTF-16, as PowerShell writes it, and with a byte order mark", async () => {
    for (const name of ["bandit.json", "junit-pytest.xml", "lcov-istanbul.info"]) {
      const text = Buffer.from(bytesOf(name)).toString("utf8");
      const expected = await read(text);
      expect(await read(Buffer.from(`\u{feff}${text.replace('encoding="utf-8"', "")}`, "utf16le"))).toEqual(
        expected,
      );
      expect(await read(Buffer.from(`\u{feff}${text}`))).toEqual(expected);
    }
  });

  it.each([
    ["empty-locust-stats.csv", "has no request"],
    ["empty-trivy.json", "found nothing to look at"],
    ["error-npm-audit.json", "is an error and no report"],
    ["unsupported-clover.xml", "Clover"],
  ])("%s proves nothing: %s", async (name, why) => {
    await expect(read(bytesOf(name))).rejects.toThrow(why);
  });

  it.each([
    ["", "is empty"],
    ["\n \n", "is empty"],
    ["{}", "no known tool"],
    ["[]", "is an empty list, and does not say which tool"],
    ["[1]", "no known tool"],
    ["hello\n", "no report that this action reads"],
    ["<html></html>", "of a kind that this action does not read"],
    ['<testsuites name="none"/>', "has no test"],
    ['<coverage line-rate="1"><packages/></coverage>', "not a single line"],
    ['<report name="a"><package name="b"/></report>', "not a single line"],
    ["TN:\n", "was cut off"],
    ["mode: set\n", "not a single line"],
    ['{"meta":{"version":"7","format":3},"files":{}}', "not a single line"],
    ['{"meta":{"version":"9","format":4},"files":{}}', "format 4"],
    [
      '{"total":{"lines":{"total":0,"covered":0},"statements":{"total":0,"covered":0},"functions":{"total":0,"covered":0},"branches":{"total":0,"covered":0}}}',
      "not a single line",
    ],
    ['{"version":"2.1.0","runs":[]}', "has no run"],
    ['{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}}}]}', "a run without results"],
    [
      '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[],"invocations":[{"executionSuccessful":false}]}]}',
      "not successful",
    ],
    ['{"errors":[],"metrics":{"_totals":{"loc":0}},"results":[]}', "without a line of code"],
    [
      '{"errors":[{"filename":"a.py","reason":"syntax error"}],"metrics":{"_totals":{"loc":1}},"results":[]}',
      "could not read a.py",
    ],
    ['{"dependencies":[]}', "no package that was looked up"],
    ['{"dependencies":[{"name":"shop","skip_reason":"not found"}]}', "no package that was looked up"],
    [
      '{"auditReportVersion":2,"vulnerabilities":{},"metadata":{"vulnerabilities":{"total":0},"dependencies":{"total":0}}}',
      "without a single package",
    ],
    [
      '{"auditReportVersion":2,"vulnerabilities":{},"metadata":{"vulnerabilities":{"total":3},"dependencies":{"total":9}}}',
      "has no advisory",
    ],
    ['{"report_meta":{"packages_found":0},"vulnerabilities":[]}', "without a single package"],
    ['{"SchemaVersion":3,"ArtifactName":"a","Results":[]}', "schema version 3"],
    ['{"metrics":{"http_reqs":{"count":0,"rate":0},"iterations":{"count":0}}}', "has no request"],
    ['{"metrics":{"iterations":{"count":5}}}', "has no request"],
  ])("%s is refused: %s", async (text, why) => {
    await expect(read(text)).rejects.toThrow(why);
  });

  it("of Trivy without a result is a clean scan only where the user says that it is Trivy's", async () => {
    expect(measure({ ...(await read(bytesOf("empty-trivy.json"), "trivy")), path: "p" })).toMatchObject({
      "security.total": 0,
    });
  });

  it("that is not of the format that was asked for is refused", async () => {
    await expect(read(bytesOf("bandit.json"), "trivy")).rejects.toThrow(
      "is of the format bandit, and trivy was asked for",
    );
  });
});

async function findingsOf(name: string): Promise<readonly Finding[]> {
  const { content } = await fixture(name);
  return content.kind === "security" ? content.findings : [];
}

describe("a finding", () => {
  it("has the place that its tool gives it, from the root of the repository", async () => {
    expect(await findingsOf("bandit.json")).toContainEqual(
      expect.objectContaining({ id: "B602", severity: "high", file: "src/shop/admin.py", line: 6 }),
    );
    expect(await findingsOf("written/sarif-codeql.json")).toContainEqual(
      expect.objectContaining({
        id: "py/sql-injection",
        severity: "high",
        file: "src/shop/orders.py",
        line: 42,
      }),
    );
  });

  it("of a rule of an extension has that rule's severity, and counts while its suppression is under review", async () => {
    const findings = await findingsOf("written/sarif-codeql.json");
    expect(findings.filter(({ id }) => id === "py/clear-text-logging")).toMatchObject([
      { severity: "critical", line: 12 },
    ]);
  });

  it.each([
    [{}, ["medium"]],
    [{ level: "error" }, ["high"]],
    [{ level: "note" }, ["low"]],
    [{ level: "none" }, []],
    [{ kind: "pass" }, []],
    [{ kind: "review", level: "none" }, [undefined]],
    [{ baselineState: "absent" }, []],
    [{ baselineState: "unchanged" }, ["medium"]],
    [{ suppressions: [] }, ["medium"]],
    [{ suppressions: [{ kind: "external" }] }, []],
    [{ suppressions: [{ kind: "external", status: "rejected" }] }, ["medium"]],
    [{ level: "note", properties: { "security-severity": "9.8" } }, ["critical"]],
    [{ ruleId: "rule/variant" }, ["high"]],
    [{ ruleIndex: 0 }, ["high"]],
    [{ ruleIndex: 7 }, ["medium"]],
  ])("of SARIF with %j counts as %j", async (fields, severities) => {
    const rules = [{ id: "rule", defaultConfiguration: { level: "error" } }];
    const results = [{ ruleId: "other", message: { text: "m" }, ...fields }];
    const run = { tool: { driver: { name: "scanner", rules } }, results };
    const { content } = await read(JSON.stringify({ version: "2.1.0", runs: [run] }));
    expect(content).toMatchObject({ findings: severities.map((severity) => ({ severity })) });
    expect(content.kind === "security" && content.findings).toHaveLength(severities.length);
  });

  it("of Gitleaks never holds the secret, whatever the report shows", async () => {
    const secret = "what-nobody-may-see";
    const leak = {
      RuleID: "r",
      StartLine: 1,
      File: "a",
      Secret: secret,
      Match: secret,
      Message: secret,
      Fingerprint: "f",
    };
    expect(JSON.stringify(await read(JSON.stringify([leak])))).not.toContain(secret);
  });

  it("of three tools is one when they mean the same package, at the worst severity that one of them gives it", async () => {
    const reports = await Promise.all(
      ["pip-audit.json", "written/trivy-vulnerabilities.json", "safety-2.json"].map(fixture),
    );
    expect(measure(...reports)).toMatchObject({ "security.total": 4, "security.high": 1 });
  });
});

describe("a failed test", () => {
  const failedIn = async (name: string) => {
    const { content } = await fixture(name);
    return content.kind === "tests" ? content.cases.filter(({ outcome }) => outcome === "failed") : [];
  };

  it.each([
    ["junit-pytest.xml", { name: "test_heavy", file: "tests/test_orders.py", line: 15 }],
    ["junit-pytest-xunit1.xml", { name: "test_stored", file: "tests/test_orders.py", line: 7 }],
    ["written/junit-jest.xml", { name: "cart counts", file: "web/cart.test.js", line: 9 }],
    ["written/junit-nested.xml", { name: "testSum", file: "tests/CartTest.php", line: 23 }],
    ["written/junit-googletest.xml", { name: "All", file: "stock_test.cc", line: 15 }],
  ])("in %s has its place", async (name, place) => {
    expect(await failedIn(name)).toContainEqual(expect.objectContaining(place));
  });

  it("that only the suite counts is counted", async () => {
    const text =
      '<testsuites><testsuite name="s" failures="1" errors="1"><testcase name="a"/></testsuite></testsuites>';
    const { content } = await read(text);
    expect(content).toMatchObject({
      cases: [{ outcome: "passed" }, { outcome: "failed" }, { outcome: "failed" }],
    });
  });

  it("with a failure and an error is one", async () => {
    const text = '<testsuite failures="1"><testcase name="a"><failure/><error/></testcase></testsuite>';
    expect((await read(text)).content).toMatchObject({ cases: [{ outcome: "failed" }] });
  });
});

it("every fixture has its expectation, and none holds a path of the machine that made it", () => {
  expect(Object.keys(EXPECTED).sort()).toEqual([...REPORTS].sort());
  for (const name of REPORTS) expect(Buffer.from(bytesOf(name)).toString()).not.toMatch(/\/tmp\/|\/root\//);
  expect(FIXTURES).toContain("quality-gate");
});
