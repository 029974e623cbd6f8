import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPolicy } from "../../actions/schema-drift/src/apply-policy.ts";
import type { Finding } from "../../actions/schema-drift/src/finding.ts";
import { fingerprintOf } from "../../actions/schema-drift/src/fingerprint.ts";
import { globMatches } from "../../actions/schema-drift/src/glob.ts";
import type { Policy } from "../../actions/schema-drift/src/policy.ts";

const POLICY: Policy = {
  schemas: [],
  failOn: "major",
  unexpected: "fail",
  partitions: "count",
  ignores: [],
  overrides: [],
};

const finding = (more: Partial<Finding> = {}): Finding => {
  const { code = "SD-INDEX-MISSING", severity = "major", direction = "missing" } = more;
  const head = { code, severity, direction, reason: "Slow." };
  const remark = { ...head, property: "", expected: "there", actual: "not there" };
  return { kind: "index", name: "public.a_b", remarks: [remark], along: [], repair: [], ...head, ...more };
};
const ignore = (more: object) => ({
  reason: "known",
  until: "2027-01-31",
  line: 3,
  file: "drift.yml",
  ...more,
});

describe("a policy", () => {
  it.each([
    ["critical", false],
    ["major", true],
    ["minor", true],
    ["none", false],
  ] as const)("with fail-on %s fails for a major finding: %s", (failOn, fails) => {
    expect(applyPolicy([finding()], { ...POLICY, failOn }, "2027-01-01").findings[0]?.fails).toBe(fails);
  });

  it("never fails for what is only told", () => {
    expect(
      applyPolicy([finding({ severity: "info" })], { ...POLICY, failOn: "minor" }, "2027-01-01").findings[0]
        ?.fails,
    ).toBe(false);
  });

  it.each([
    [{ code: "SD-INDEX-*" }, true],
    [{ kind: "index" }, true],
    [{ kind: "table" }, false],
    [{ name: "public.*" }, true],
    [{ name: "public.a" }, false],
    [{ name: "public.a_?", kind: "index" }, true],
    [{ name: "public.*", code: "SD-TABLE-*" }, false],
  ])("ignores by %j: %s", (rule, hides) => {
    const result = applyPolicy([finding()], { ...POLICY, ignores: [ignore(rule)] }, "2027-01-31");
    expect(result.findings).toHaveLength(hides ? 0 : 1);
    expect(result.ignored).toHaveLength(hides ? 1 : 0);
    expect(result.unused).toHaveLength(hides ? 0 : 1);
  });

  it("lets a rule speak up on the day after its last", () => {
    const result = applyPolicy(
      [finding()],
      { ...POLICY, ignores: [ignore({ kind: "index" })] },
      "2027-02-01",
    );
    expect(result.findings).toHaveLength(1);
    expect(result.expired).toMatchObject([{ hides: 1, rule: { until: "2027-01-31" } }]);
  });

  it("ignores one remark of several, and is led by the gravest that is left", () => {
    const [first] = finding().remarks;
    const grave = { ...first!, code: "SD-INDEX-INVALID", severity: "critical" as const };
    const both = { ...finding(), remarks: [first!, grave] };
    expect(applyPolicy([both], POLICY, "2027-01-01").findings[0]).toMatchObject({
      severity: "critical",
      code: "SD-INDEX-INVALID",
    });
    const ignores = [ignore({ code: "SD-INDEX-INVALID" })];
    expect(applyPolicy([both], { ...POLICY, ignores }, "2027-01-01").findings[0]).toMatchObject({
      severity: "major",
      remarks: [first],
    });
  });

  it("takes the last severity that fits", () => {
    const overrides = [
      { kind: "index", severity: "minor" as const },
      { name: "public.*", severity: "critical" as const },
    ];
    expect(applyPolicy([finding()], { ...POLICY, overrides }, "2027-01-01").findings[0]?.severity).toBe(
      "critical",
    );
  });

  it.each([
    ["fail", true, 1],
    ["warn", false, 1],
    ["ignore", false, 0],
  ] as const)("with unexpected: %s", (unexpected, fails, count) => {
    const { findings } = applyPolicy(
      [finding({ direction: "unexpected" })],
      { ...POLICY, unexpected },
      "2027-01-01",
    );
    expect(findings).toHaveLength(count);
    expect(findings[0]?.fails ?? false).toBe(fails);
    // What is missing, or allows more than it should, is another matter.
    for (const direction of ["missing", "looser"] as const) {
      expect(
        applyPolicy([finding({ direction })], { ...POLICY, unexpected }, "2027-01-01").findings[0]?.fails,
      ).toBe(true);
    }
  });
});

describe("a fingerprint", () => {
  it("is the same in whatever order findings come, and another for other findings", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(names, fc.string(), (list, other) => {
        const findings = list.map((name) => finding({ name }));
        expect(fingerprintOf(findings)).toBe(fingerprintOf(findings.toReversed()));
        expect(fingerprintOf(findings)).toMatch(/^[0-9a-f]{32}$/);
        if (!list.includes(other))
          expect(fingerprintOf([...findings, finding({ name: other })])).not.toBe(fingerprintOf(findings));
      }),
    );
    expect(fingerprintOf([])).toBe("");
    expect(fingerprintOf([finding({ severity: "info" })])).toBe("");
  });
});

describe("a glob", () => {
  it("matches as the regular expression does that it stands for", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
    const globs = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(globs, letters, (glob, text) => {
        const pattern = glob.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        expect(globMatches(glob, text)).toBe(new RegExp(`^${pattern}$`).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("does not mind the quotes that SQL needs, nor long names", () => {
    expect(globMatches("public.Order*", 'public."Orders"')).toBe(true);
    expect(globMatches(`${"*a".repeat(50)}b`, "a".repeat(10_000))).toBe(false);
  });
});
