import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AllowEntry, useAllowList } from "../../actions/quality-gate/src/measures/allow-list.ts";
import { measureBundle } from "../../actions/quality-gate/src/measures/bundle.ts";
import type { Finding } from "../../actions/quality-gate/src/measures/finding.ts";
import type { Performance, Report } from "../../actions/quality-gate/src/measures/report.ts";
import { countFindings } from "../../actions/quality-gate/src/measures/security.ts";
import { runs } from "../support/effort.ts";
import { measure, read } from "./fixtures.ts";

const DAY = Date.parse("2031-06-15");

async function lcov(
  path: string,
  files: Readonly<Record<string, Readonly<Record<number, number>>>>,
): Promise<Report> {
  const text = Object.entries(files)
    .map(
      ([file, lines]) =>
        `SF:${file}\n${Object.entries(lines)
          .map(([line, hits]) => `DA:${line},${hits}\n`)
          .join("")}end_of_record\n`,
    )
    .join("");
  return { ...(await read(text)), path };
}

describe("several coverage reports", () => {
  it("unite the lines of a file, and are no mean of percentages", async () => {
    const one = await lcov("one", { a: { 1: 1, 2: 0 }, b: { 1: 1 } });
    const other = await lcov("other", { a: { 1: 0, 2: 3, 3: 0 }, c: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0 } });
    expect(measure(one, other)["coverage.lines"]).toBeCloseTo(30, 9);
  });

  it("say what one report of all of them would, in any order, and never less than one alone for the same lines", async () => {
    const files = fc.dictionary(
      fc.constantFrom("a", "b", "c"),
      fc.dictionary(fc.constantFrom("1", "2", "3", "4"), fc.nat(2), { minKeys: 1 }),
      { minKeys: 1 },
    );
    await fc.assert(
      fc.asyncProperty(files, files, async (first, second) => {
        const [one, other] = [await lcov("one", first), await lcov("other", second)];
        const covered = new Map<string, boolean>();
        for (const report of [first, second]) {
          for (const [file, lines] of Object.entries(report)) {
            for (const [line, hits] of Object.entries(lines)) {
              covered.set(`${file}:${line}`, covered.get(`${file}:${line}`) === true || hits > 0);
            }
          }
        }
        const expected = (100 * [...covered.values()].filter(Boolean).length) / covered.size;
        expect(measure(one, other)["coverage.lines"]).toBeCloseTo(expected, 9);
        expect(measure(other, one)).toEqual(measure(one, other));
        expect(measure(one, one)).toEqual(measure(one));
      }),
      { numRuns: runs(100, 2_000) },
    );
  });

  it("of which one has only totals cannot be united for a file that both have", async () => {
    const whole = { total: 2, covered: 1 };
    const entry = { lines: whole, statements: whole, functions: whole, branches: whole };
    const summary = {
      ...(await read(JSON.stringify({ total: entry, a: entry }))),
      path: "coverage-summary.json",
    };
    const lines = await lcov("lcov.info", { a: { 1: 1 } });
    expect(() => measure(summary, lines)).toThrow("a summary of totals cannot be united");
    expect(measure(summary, await lcov("lcov.info", { b: { 1: 1 } }))["coverage.lines"]).toBeCloseTo(
      200 / 3,
      9,
    );
  });
});

describe("several load tests", () => {
  const test = (performance: Performance): Report => ({
    ...{ path: "p", format: "k6", notes: [] },
    content: { kind: "performance", performance },
  });

  it("add up requests and failures, and take the largest of the percentiles", () => {
    const one = test({ requests: 100, failures: 10, times: { p95: 100, avg: 10, max: 5 }, rps: 9 });
    const other = test({ requests: 300, failures: 0, times: { p95: 400, avg: 20, max: 900 }, rps: 4 });
    expect(measure(one, other)).toEqual({
      "perf.requests": 400,
      "perf.failures": 10,
      "perf.errors": 2.5,
      "perf.success": 97.5,
      "perf.p95": 400,
      "perf.avg": 17.5,
      "perf.max": 900,
      "perf.rps": 4,
    });
  });

  it("answer nothing that one of them did not measure", () => {
    const one = test({ requests: 100, failures: 0, times: { p95: 100, p99: 120 } });
    const other = test({ requests: 100, times: { p95: 100 } });
    expect(Object.keys(measure(one, other))).toEqual(["perf.requests", "perf.p95"]);
  });
});

const finding = (fields: Partial<Finding>): Finding => ({
  ...{ id: "CVE-2031-1", aliases: [], severity: "high", category: "vulnerability", title: "", tool: "t" },
  ...fields,
});
const entry = (fields: Partial<AllowEntry>): AllowEntry => ({
  ...{ id: "CVE-2031-1", reason: "r", owner: "o", expires: "2031-06-15", where: {} },
  ...fields,
});

describe("the allow-list", () => {
  const state = (fields: Partial<AllowEntry>, found: Partial<Finding>, now = DAY) => {
    const { uses, allowed } = useAllowList([entry(fields)], [finding(found)], now);
    return { state: uses[0]?.state, passes: allowed.size === 1 };
  };

  it.each([
    ["by id", {}, {}, "used"],
    ["by id in any case", { id: "cve-2031-1" }, {}, "used"],
    ["by an alias", { id: "GHSA-aaaa-bbbb-cccc" }, { aliases: ["GHSA-aaaa-bbbb-cccc"] }, "used"],
    ["in its package", { package: "Teapot" }, { package: "teapot" }, "used"],
    ["not in another package", { package: "cup" }, { package: "teapot" }, "unused"],
    ["not another id", { id: "CVE-2031-11" }, {}, "unused"],
    [
      "not a rule of code everywhere",
      { id: "B105" },
      { id: "B105", category: "code", file: "a.py" },
      "too-wide",
    ],
    [
      "a rule of code in a file",
      { id: "B105", file: "a.py" },
      { id: "B105", category: "code", file: "a.py" },
      "used",
    ],
    [
      "not the same rule in another file",
      { id: "B105", file: "b.py" },
      { id: "B105", category: "code", file: "a.py" },
      "unused",
    ],
    [
      "a leak by its fingerprint",
      { id: "c:f:r:1" },
      { id: "r", aliases: ["c:f:r:1"], category: "secret" },
      "used",
    ],
    [
      "not a rule by another of its names",
      { id: "DS002" },
      { id: "AVD-DS-0002", aliases: ["DS002"], category: "misconfiguration", file: "Dockerfile" },
      "too-wide",
    ],
    [
      "not a rule of secrets by another of its names",
      { id: "any-key" },
      { id: "any-key/1", aliases: ["any-key"], category: "secret", file: "a" },
      "too-wide",
    ],
  ] as const)("lets a finding pass %s", (_, fields, found, expected) => {
    expect(state(fields, found)).toEqual({ state: expected, passes: expected === "used" });
  });

  it("lets no second secret pass that stood on the line of the first", () => {
    const leak = (commit: string) =>
      finding({ id: "key", aliases: [`${commit}:a:key:3`], category: "secret", file: "a", line: 3 });
    const content = { kind: "security" as const, findings: [leak("old"), leak("new")] };
    const { measured } = countFindings([{ path: "p", format: "gitleaks", notes: [], content }], {
      allow: [entry({ id: "old:a:key:3" })],
      unknownSeverity: "critical",
      now: DAY,
    });
    expect(measured.get("security.secrets")?.value).toBe(1);
  });

  it("is not needed by findings without a line, which count one by one", () => {
    const code = (title: string) => finding({ id: "rule", title, category: "code", file: "a" });
    const content = { kind: "security" as const, findings: [code("one"), code("two"), code("two")] };
    const report: Report = { path: "p", format: "sarif", notes: [], content };
    const policy = { allow: [], unknownSeverity: "critical", now: DAY } as const;
    expect(countFindings([report], policy).measured.get("security.high")?.value).toBe(2);
  });

  it("holds to the end of its last day, by UTC, and lets nothing pass after it", () => {
    expect(state({}, {}, DAY + 86_399_999)).toEqual({ state: "used", passes: true });
    expect(state({}, {}, DAY + 86_400_000)).toEqual({ state: "expired", passes: false });
  });

  it("takes what it lets pass out of every count but its own", () => {
    const content = { kind: "security" as const, findings: [finding({}), finding({ id: "CVE-2031-2" })] };
    const report: Report = { path: "p", format: "trivy", notes: [], content };
    const { measured } = countFindings([report], {
      allow: [entry({})],
      unknownSeverity: "critical",
      now: DAY,
    });
    const values = Object.fromEntries([...measured].map(([name, { value }]) => [name, value]));
    expect(values).toMatchObject({ "security.high": 1, "security.total": 1, "security.allowed": 1 });
  });
});

describe("a finding without a severity", () => {
  it.each(["critical", "medium"] as const)("counts as %s where the inputs say so", (unknownSeverity) => {
    const content = { kind: "security" as const, findings: [finding({ severity: undefined })] };
    const report: Report = { path: "p", format: "pip-audit", notes: [], content };
    const { measured } = countFindings([report], { allow: [], unknownSeverity, now: DAY });
    expect(measured.get(`security.${unknownSeverity}`)?.value).toBe(1);
  });
});

it("a built file counts once in the total, and in each of its groups", () => {
  const files = [
    { path: "a.js", raw: 10, gzip: 5, groups: ["app", "all"] },
    { path: "b.css", raw: 20, gzip: 8, groups: ["all"] },
  ];
  const values = Object.fromEntries(
    [...measureBundle(files, ["app", "all"])].map(([name, { value }]) => [name, value]),
  );
  expect(values).toEqual({
    "bundle.app": 5,
    "bundle.all": 13,
    "bundle.total": 13,
    "bundle.raw": 30,
    "bundle.largest": 8,
    "bundle.files": 2,
  });
});
