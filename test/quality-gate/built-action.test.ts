import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeWorkspace, runGate } from "./built-action.ts";

const SECURE = "security.critical == 0\nsecurity.high == 0";

describe("the built action", () => {
  it("that passes exits 0, with outputs, a badge and a summary that agree, and its report is the next baseline", async () => {
    const workspace = makeWorkspace();
    workspace.addReports(
      "cobertura-coverage-py.xml",
      "junit-pytest-passed.xml",
      "bandit-clean.json",
      "locust-stats.csv",
    );
    workspace.add({ "dist/app.js": "export {};\n".repeat(50), "dist/app.css": "p {}\n" });
    const rules = [
      "# what must hold",
      "coverage.lines >= 60",
      "tests.failed == 0 # none",
      "security.critical == 0",
      "security.high == 0",
      "perf.p95 < 500ms",
      "perf.errors < 5%",
      "perf.success tiers 99.5/95/90",
      "bundle.app < 1kB",
    ].join("\n");
    const inputs = {
      reports: "reports/*.xml, reports/*.{json,csv}",
      sizes: "app: dist/*.js\ndist/*.css",
      rules,
    };
    const first = await runGate(workspace, inputs);
    expect(first).toMatchObject({ exitCode: 0, stderr: "", annotations: [], orphans: [] });
    expect(first.outputs).toMatchObject({
      result: "passed",
      "failed-rules": "0",
      "tests-count": "2",
      "security-total": "0",
      tier: "good",
      "coverage-branches": "50",
    });
    expect(Number(first.outputs["coverage-lines"])).toBeCloseTo(700 / 11, 9);
    expect(Number(first.outputs["bundle-total"])).toBe(first.metrics["bundle.total"]);
    expect(JSON.parse(readFileSync(first.outputs["badge"] ?? "", "utf8"))).toEqual({
      schemaVersion: 1,
      label: "quality gate",
      message: "passed, 63.63%",
      color: "brightgreen",
      isError: false,
    });
    expect(first.summary).toMatch(/^### ✅ Quality gate passed\n\n8 of 8 rules hold\./);

    workspace.add({ "base/report.json": readFileSync(first.outputs["report"] ?? "") });
    workspace.addReports("bandit.json");
    const again = await runGate(workspace, {
      ...inputs,
      rules: "coverage.lines >= baseline\nsecurity.total <= baseline\ntests.count >= baseline - 1",
      baseline: "base/report.json",
    });
    expect(again.outputs).toMatchObject({ result: "failed", "failed-rules": "1" });
    expect(again.annotations[0]).toMatchObject({ level: "error", title: "quality-gate: security.total" });
    expect(again.annotations).toContainEqual(
      expect.objectContaining({ level: "error", title: "B602: high", file: "src/shop/admin.py", line: 6 }),
    );
    expect(again.summary).toContain("3 new, 0 gone since the baseline");
  });

  it("fails with one error for each broken rule, then the tests and findings behind them at their lines", async () => {
    const workspace = makeWorkspace();
    workspace.addReports("coverage-py-format-3.json", "junit-pytest.xml", "gitleaks-clean.json");
    const rules = `coverage.lines >= 80\ncoverage.functions >= 50\ntests.failed == 0\ntests.count >= 5\n${SECURE}`;
    const reports = "reports/coverage*.json\nreports/junit*.xml\ngitleaks: reports/gitleaks*.json";
    const result = await runGate(workspace, { reports, rules });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: "failed", "failed-rules": "3" } });
    expect(result.annotations.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^coverage.lines >= 80: 63.63 % is not >= 80 %/),
      expect.stringMatching(/^coverage.functions >= 50: no report that was read answers it/),
      expect.stringMatching(/^tests.failed == 0: 2 is not == 0/),
      expect.stringContaining("heavy & large"),
      expect.stringContaining("connection refused"),
    ]);
    expect(result.annotations[3]).toMatchObject({ file: "tests/test_orders.py", line: 15 });
    expect(result.summary).toContain("### ❌ Quality gate failed");
  });

  it("fails for reports that are missing, empty or cut off, and still says what the others measure", async () => {
    const workspace = makeWorkspace();
    workspace.addReports("junit-pytest-passed.xml");
    workspace.add({
      "reports/empty.json": "",
      "reports/cut.xml": '<testsuites><testsuite name="a"><testcase',
    });
    const result = await runGate(workspace, {
      reports: "reports/*.xml\nreports/empty.json\nreports/none-*.json",
      rules: "tests.failed == 0",
    });
    expect(result.exitCode).toBe(1);
    expect(result.outputs).toMatchObject({ "tests-count": "2", "failed-rules": "0", result: "failed" });
    expect(result.annotations.map(({ message }) => message)).toEqual([
      expect.stringContaining('"reports/none-*.json" matches no file'),
      expect.stringContaining("reports/cut.xml is not well-formed XML"),
      expect.stringContaining("reports/empty.json is empty"),
    ]);
  });

  it("follows no link out of the workspace, waits for no pipe, and reads nothing beyond its limit", async () => {
    const workspace = makeWorkspace();
    writeFileSync(path.join(workspace.temp, "other.json"), '{"secret":"of another step"}');
    workspace.add({
      "big/junit.xml": `<testsuite>${'<testcase name="a"/>'.repeat(1_000)}</testsuite>`,
      "links/.keep": "",
    });
    symlinkSync(path.join(workspace.temp, "other.json"), path.join(workspace.path, "links/report.json"));
    symlinkSync("/etc", path.join(workspace.path, "links/etc"));
    execFileSync("mkfifo", [path.join(workspace.path, "links/pipe.xml")]);
    const result = await runGate(workspace, {
      reports: [
        "links/*.json",
        "links/etc/passwd",
        "links/*.xml",
        "../**/*.json",
        "/etc/hostname",
        "big/junit.xml",
      ].join("\n"),
      rules: "tests.failed == 0",
      "max-report-size": "10kB",
    });
    expect(result.annotations.map(({ message }) => message)).toEqual([
      expect.stringContaining("a link that leads elsewhere"),
      expect.stringContaining("a link that leads elsewhere"),
      expect.stringContaining('"links/*.xml" matches no file'),
      expect.stringContaining('"../**/*.json" is outside the workspace'),
      expect.stringContaining('"/etc/hostname" is outside the workspace'),
      expect.stringContaining("more than 10 kB"),
      expect.stringContaining("tests.failed == 0: no report that was read answers it"),
    ]);
    expect(result.log + result.summary).not.toContain("of another step");
  });

  it("prints nothing of a report that the runner or Markdown would obey", async () => {
    const workspace = makeWorkspace();
    const evil = "&#10;::error::pwned ##[group] | &lt;/details> [x](javascript:alert(1)) @everyone \u{202e}";
    workspace.add({
      "reports/::warning::a.xml": `<testsuite name="s"><testcase name="n ${evil}" file="a${evil}" line="1"><failure message="${evil}">${evil}</failure></testcase></testsuite>`,
    });
    const result = await runGate(workspace, { reports: "reports/*.xml", rules: "tests.failed == 0" });
    expect(result.annotations.map(({ title }) => title)).toEqual([
      "quality-gate: tests.failed",
      expect.stringMatching(/^Test failed: n /),
    ]);
    expect(result.stdout.match(/^::(?!error|group|endgroup).*/gm)).toBeNull();
    expect(result.summary).not.toMatch(/@everyone|\]\(javascript|<\/details> \[/);
    expect(result.summary).not.toContain("\u{202e}");
  });

  it("reports every mistake in inputs and file at once, each at its line", async () => {
    const workspace = makeWorkspace();
    workspace.addReports("junit-pytest-passed.xml");
    const rules = "tests.failed == 0\ncoverage.lines >= 0.8\nperf.pp95 < 1s";
    const both = await runGate(workspace, { reports: "reports/*.xml\nnunit: x.xml", rules });
    expect(both.outputs).toMatchObject({ result: "error" });
    expect(both.annotations.map(({ message }) => message)).toEqual([
      expect.stringContaining('input reports, line 2: "nunit: x.xml" names no format'),
      expect.stringContaining('input rules, line 2: "coverage.lines >= 0.8" looks like a share'),
      expect.stringContaining("did you mean perf.p95?"),
    ]);
    const allow = "allow:\n  - { id: CVE-2031-1, reason: x, owner: y, expires: 2031-02-30 }\n";
    workspace.add({ "gate.yml": `rules:\n  - tests.failed == 0\n  - security.high < 5\n` });
    const file = await runGate(workspace, { reports: "reports/*.xml", config: "gate.yml" });
    expect(file.annotations).toMatchObject([{ file: "gate.yml", line: 3 }]);
    workspace.add({ "gate.yml": allow });
    const day = await runGate(workspace, {
      reports: "reports/*.xml",
      config: "gate.yml",
      rules: "tests.failed == 0",
    });
    expect(day.annotations).toMatchObject([
      { file: "gate.yml", line: 2, message: expect.stringContaining("a day that exists") },
    ]);
    const none = await runGate(workspace, {});
    expect(none.annotations.map(({ message }) => message)).toEqual([
      expect.stringContaining("there is nothing to measure"),
      expect.stringContaining("a gate without a rule lets everything pass"),
    ]);
  });

  it("lets pass what the allow-list names, tells of an entry without use, and fails for one that has expired", async () => {
    const workspace = makeWorkspace();
    workspace.addReports("pip-audit.json");
    const entry = (id: string, expires: string) =>
      `  - { id: ${id}, reason: not reached, owner: team-shop, expires: ${expires} }\n`;
    const inputs = { config: "gate.yml" };
    const head = "reports:\n  - pip-audit: reports/*.json\nrules: [security.total == 0]\nallow:\n";
    workspace.add({
      "gate.yml": `${head}${entry("CVE-2031-0001", "2199-12-31")}${entry("CVE-1999-1", "2199-12-31")}`,
    });
    const passed = await runGate(workspace, inputs);
    expect(passed).toMatchObject({ exitCode: 0, outputs: { result: "passed", "security-total": "0" } });
    expect(passed.annotations).toMatchObject([
      {
        level: "warning",
        file: "gate.yml",
        line: 6,
        message: expect.stringContaining("lets nothing pass any more"),
      },
    ]);
    workspace.add({ "gate.yml": `${head}${entry("CVE-2031-0001", "2020-01-31")}` });
    const expired = await runGate(workspace, inputs);
    expect(expired.outputs).toMatchObject({ result: "failed", "security-total": "1" });
    expect(expired.annotations).toContainEqual(
      expect.objectContaining({
        file: "gate.yml",
        line: 5,
        message: expect.stringContaining("CVE-2031-0001 expired on 2020-01-31. team-shop let it pass"),
      }),
    );
  });

  it("holds a ratchet up without a baseline unless that is accepted, and refuses a baseline that is none", async () => {
    const workspace = makeWorkspace();
    workspace.addReports("lcov-istanbul.info");
    const inputs = { reports: "reports/*", rules: "coverage.lines >= baseline - 0.5", baseline: "base.json" };
    const failed = await runGate(workspace, inputs);
    expect(failed).toMatchObject({ exitCode: 1, outputs: { "failed-rules": "1" } });
    const accepted = await runGate(workspace, { ...inputs, "baseline-missing": "accept" });
    expect(accepted).toMatchObject({ exitCode: 0 });
    expect(accepted.annotations).toMatchObject([
      { level: "warning", title: "quality-gate: coverage.lines was not gated" },
    ]);
    workspace.add({ "base.json": '{"coverage.lines": "80"}' });
    const broken = await runGate(workspace, { ...inputs, "baseline-missing": "accept" });
    expect(broken.annotations).toMatchObject([
      { message: expect.stringContaining("is no object of metrics and numbers") },
    ]);
    workspace.add({ "base.json": '{"coverage.lines": 100.4}' });
    expect((await runGate(workspace, inputs)).outputs).toMatchObject({ result: "passed" });
  });
});
