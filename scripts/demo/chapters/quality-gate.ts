import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Chapter, Step } from "../chapter.ts";
import type { Stage } from "../stage.ts";

/** Reports that pass, and three days on which they should not. */
export const qualityGate: Chapter = {
  name: "quality-gate",
  title: "Turn reports into a decision",
  about:
    "Tests, coverage and an audit have left their reports. quality-gate holds their numbers against the shop's own " +
    ".github/quality.yml and against those of the base branch. It needs no permission and no network.",
  steps,
};

async function* steps({ workspace }: Stage): AsyncGenerator<Step> {
  const write = async (name: string, text: string): Promise<void> => {
    const file = path.join(workspace, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  await write("reports/junit.xml", junit([]));
  await write("reports/coverage.xml", coverage(80));
  await write("reports/audit.json", AUDIT);
  await write("baseline.json", '{ "coverage.lines": 80.2 }');
  yield {
    title: "A commit that may go",
    why: "Every test passes, coverage is within half a point, and the one finding is on the allow-list.",
    ...GATE,
    expected: {
      conclusion: "success",
      outputs: { result: "passed", "coverage-lines": "80", "tests-count": "4", "security-total": "0" },
    },
  };

  await write("reports/coverage.xml", coverage(78));
  yield {
    title: "The ratchet",
    why: "78 % would do for the fixed bound. It is more than two points less than on the base branch.",
    ...GATE,
    expected: {
      conclusion: "failure",
      because: [/^coverage.lines >= baseline - 0.5: 78 % is not >= 79.7 %/],
    },
  };

  await write("reports/coverage.xml", coverage(80).slice(0, -40));
  await write("reports/junit.xml", junit(["voucher"]));
  yield {
    title: "Half a report",
    why:
      "The runner was short of memory and the tool was killed while it wrote: what is left of the report would look " +
      "good. It proves nothing, and neither do the rules about it. A test has failed, too; its line is annotated.",
    ...GATE,
    expected: {
      conclusion: "failure",
      because: [
        /^reports\/coverage\.xml is not well-formed XML/,
        /^tests.failed == 0: 1 is not == 0/,
        /^coverage.lines >= 75: no report that was read answers it/,
        /^coverage.lines >= baseline - 0.5: no report that was read answers it/,
        /expected 9 to be 10/,
      ],
    },
  };

  await write("reports/coverage.xml", coverage(80));
  await write("reports/junit.xml", junit([]));
  const gate = path.join(workspace, ".github/quality.yml");
  const rules = await readFile(gate, "utf8");
  await writeFile(gate, rules.replace("expires: 2199-06-30", "expires: 2026-06-30"));
  yield {
    title: "An exception that nobody looked at again",
    why: "The day came until which the team wanted to live with the finding. It counts again, and its owner is named.",
    ...GATE,
    expected: {
      conclusion: "failure",
      because: [
        /^security.high == 0: 1 is not == 0/,
        /^allow: GHSA-aaaa-bbbb-cccc expired on 2026-06-30. team-shop let it pass/,
        /^teapot: Teapot boils over/,
      ],
    },
  };
  await writeFile(gate, rules);
}

const GATE: Pick<Step, "action" | "with" | "env" | "secrets"> = {
  action: "quality-gate",
  with: { config: ".github/quality.yml", baseline: "baseline.json" },
  env: {},
  secrets: {},
};

const TESTS = ["login", "products", "orders", "voucher"];

function junit(failed: readonly string[]): string {
  const cases = TESTS.map((name) => {
    const failure = failed.includes(name)
      ? '<failure message="expected 9 to be 10">src/orders.js:12:5</failure>'
      : "";
    return `<testcase classname="shop" name="${name}">${failure}</testcase>`;
  });
  return `<testsuites><testsuite name="shop" tests="${TESTS.length}">${cases.join("")}</testsuite></testsuites>\n`;
}

function coverage(covered: number): string {
  const lines = Array.from(
    { length: 100 },
    (_, index) => `<line number="${index + 1}" hits="${index < covered ? 1 : 0}"/>`,
  );
  const file = `<class name="orders" filename="src/orders.js" line-rate="0.8"><lines>${lines.join("")}</lines></class>`;
  return `<coverage line-rate="0.8"><packages><package name="src"><classes>${file}</classes></package></packages></coverage>\n`;
}

const AUDIT = JSON.stringify({
  auditReportVersion: 2,
  vulnerabilities: {
    teapot: {
      severity: "high",
      via: [
        {
          source: 1,
          name: "teapot",
          title: "Teapot boils over",
          url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
          severity: "high",
        },
      ],
    },
  },
  metadata: { vulnerabilities: { total: 1 }, dependencies: { total: 12 } },
});
