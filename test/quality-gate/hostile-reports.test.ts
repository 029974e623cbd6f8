import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReportFault } from "../../actions/quality-gate/src/measures/report.ts";
import { runs, some } from "../support/effort.ts";
import { bytesOf, formatNeeded, REPORTS, read } from "./fixtures.ts";

/** Where a report is whole by its own rules though its tool would have written more: between two records or lines. */
function isWholePart(name: string, part: Buffer): boolean {
  const text = part.toString("latin1");
  if (name.endsWith(".info")) return text.endsWith("end_of_record\n");
  if (name === "go-cover.out") return text.endsWith("\n");
  // The details beside Locust's numbers decide nothing.
  return /^locust-(?:failures|exceptions|stats_history)/.test(name) && text.endsWith("\n");
}

async function faultOf(content: string | Uint8Array, name = ""): Promise<unknown> {
  return read(content, formatNeeded(name)).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a report that was cut off", () => {
  it.each(REPORTS)("anywhere, as %s, proves nothing", async (name) => {
    const whole = Buffer.from(bytesOf(name));
    const content = Buffer.from(whole.toString("latin1").trimEnd(), "latin1").length;
    const lines = /\.(?:info|out|csv)$/.test(name);
    const ends = Array.from({ length: lines ? whole.length : content }, (_, end) => end);
    for (const end of some(60, ends)) {
      const part = whole.subarray(0, end);
      if (isWholePart(name, part)) continue;
      expect({ end, fault: await faultOf(part, name) }).toEqual({ end, fault: expect.any(ReportFault) });
    }
  });
});

describe("a report that is not what a tool would write", () => {
  it.each([
    [
      "a test within another",
      '<testsuite><testcase name="a"><failure/><testcase name="b"/></testcase></testsuite>',
    ],
    ["failures without end", `<testsuites>${'<testsuite failures="60000"/>'.repeat(2)}</testsuites>`],
    [
      "conditions without number",
      `<coverage line-rate="1"><class filename="a"><line number="1" hits="1" condition-coverage="(1/${"9".repeat(400)})"/></class></coverage>`,
    ],
    ["k6's requests without number", '{"metrics":{"http_reqs":{"count":1e999},"iterations":{"count":1}}}'],
  ])("is refused with %s", async (_what, text) => {
    expect(await faultOf(text)).toBeInstanceOf(ReportFault);
  });

  it.each([
    ["disabled", "skipped"],
    ["notrun", "skipped"],
    ["fail", "failed"],
    ["run", "passed"],
  ])("has no test that counts as passed where only its status says %s", async (status, outcome) => {
    const { content } = await read(`<testsuite><testcase name="a" status="${status}"/></testsuite>`);
    expect(content).toMatchObject({ cases: [{ outcome }] });
  });

  it("is read or refused, and never breaks the reader", async () => {
    const reports = REPORTS.map((name) => ({ name, bytes: Buffer.from(bytesOf(name)) })).filter(
      ({ bytes }) => bytes.length < 10_000,
    );
    const bits = [
      "<",
      ">",
      '"',
      "null",
      "-1",
      "1e999",
      "{}",
      "[]",
      "\0",
      "&x;",
      "9".repeat(400),
      ",",
      "\n",
      ":",
      "true",
    ];
    const damage = fc.record({
      report: fc.constantFrom(...reports),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat(12),
      put: fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 8 })),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ report: { name, bytes }, at, removed, put }) => {
        const start = Math.floor(at * bytes.length);
        const damaged = Buffer.concat([
          bytes.subarray(0, start),
          Buffer.from(put),
          bytes.subarray(start + removed),
        ]);
        const fault = await faultOf(damaged, name);
        if (fault !== undefined) expect(fault).toBeInstanceOf(ReportFault);
      }),
      { numRuns: runs(400, 20_000) },
    );
  });

  it("with values of other types in any place is read or refused", async () => {
    const reports = REPORTS.filter((name) => name.endsWith(".json"))
      .map((name) => Buffer.from(bytesOf(name)).toString())
      .filter((text) => text.length < 10_000);
    const other = fc.constantFrom(
      null,
      -1,
      0,
      1.5,
      "",
      "x",
      true,
      [],
      {},
      [null],
      { "": null },
      Number.MAX_VALUE,
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...reports), fc.nat(), other, async (text, turn, value) => {
        const places = text.match(/: /g)?.length ?? 0;
        let index = 0;
        const changed = JSON.stringify(JSON.parse(text), (_key, old: unknown) =>
          index++ === turn % (places * 2 + 1) ? value : old,
        );
        const fault = await faultOf(changed);
        if (fault !== undefined) expect(fault).toBeInstanceOf(ReportFault);
      }),
      { numRuns: runs(300, 10_000) },
    );
  });

  const lol = '<!DOCTYPE testsuite [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>';
  it.each([
    [`${lol}<testsuite><testcase name="&b;"/></testsuite>`, "declares entities"],
    [
      '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>',
      "declares entities",
    ],
    ['<!DOCTYPE r SYSTEM "x" [ ]><testsuite><testcase name="a"/></testsuite>', "declares entities"],
    ['<testsuite><testcase name="&nbsp;"/></testsuite>', "not well-formed"],
    [`${"<testsuite>".repeat(200)}${"</testsuite>".repeat(200)}`, "nested more than 100 levels"],
    [`${"[".repeat(50_000)}${"]".repeat(50_000)}`, "nested more than 100 levels"],
    [`${'{"a":'.repeat(200)}1${"}".repeat(200)}`, "nested more than 100 levels"],
    ['{"runs":[],"version":"2.1.0","a":{"__proto__":{"kind":"x"}}}', "__proto__"],
    ['{"runs":[],"version":"2.1.0","a":{"\\u005f_proto__":1}}', "__proto__"],
    ["mode: set\na.go:1.1,999999999.1 1 1\n", "a block without an end"],
    [`mode: set\n${"a.go:1.1,99999.1 1 1\n".repeat(300)}`, "more than 20 million lines"],
    ['<testsuite failures="1e300"><testcase name="a"/></testsuite>', "more failures than tests fit"],
    ["TN:\nSF:a\nDA:1,1\nDA:2,0\nLF:9\nend_of_record\n", "says 9 lines and has 2"],
    ["TN:\nSF:a\nDA:1,-1\nend_of_record\n", "no number"],
    ["TN:\nSF:a\nSF:b\n", "starts within another"],
    ["TN:\nDA:1,1\n", "outside a record"],
    [
      '<coverage line-rate="1"><class filename="a"><line number="1" hits="1" condition-coverage="100% (9/2)"/></class></coverage>',
      "more conditions are covered",
    ],
  ])("is refused: %s", async (text, why) => {
    await expect(read(text)).rejects.toThrow(why);
  });

  it("may name the DTD of its format, which is not fetched", async () => {
    const doctype = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">';
    const text = `${doctype}<coverage line-rate="1"><class filename="a"><line number="1" hits="1"/></class></coverage>`;
    expect((await read(text)).format).toBe("cobertura");
  });

  it("has Locust's rows held against their sum", async () => {
    const text = Buffer.from(bytesOf("locust-stats.csv")).toString();
    await expect(read(text.replace("GET,/,419", "GET,/,418"))).rejects.toThrow("does not add up");
  });

  it("names files with any keys, also those that objects have by themselves", async () => {
    const lines = { executed_lines: [1], missing_lines: [2] };
    const files = { constructor: lines, toString: lines, hasOwnProperty: lines };
    const { content } = await read(JSON.stringify({ meta: { version: "7", format: 3 }, files }));
    expect(content.kind === "coverage" && [...content.files.keys()]).toEqual([
      "constructor",
      "toString",
      "hasOwnProperty",
    ]);
  });
});
