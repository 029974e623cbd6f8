import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../scripts/demo/ascii.ts";
import { actionsOf, type Chapter, type Step } from "../../scripts/demo/chapter.ts";
import { Narrator } from "../../scripts/demo/narrator.ts";
import { demoPage } from "../../scripts/demo/page.ts";
import { type PlayedStep, playChapter } from "../../scripts/demo/play.ts";
import type { Stage } from "../../scripts/demo/stage.ts";
import { judgeVerdict } from "../../scripts/demo/verdict.ts";
import type { ActionResult, Annotation } from "../../scripts/runner/run-action.ts";
import { plainStyle } from "../../scripts/runner/terminal-style.ts";
import { tagProblems } from "./well-formed.ts";

const error = (message: string): Annotation => ({ level: "error", message });
const success = { conclusion: "success", outputs: { passed: "8" } } as const;
const failure = { conclusion: "failure", because: [/^version: /] } as const;
const ran = { conclusion: "success" as const, outputs: {}, annotations: [], orphans: [] };

describe("a chapter", () => {
  it("may not run an action that is not built for it", async () => {
    const step = { action: "elsewhere" } as Step;
    const chapter: Chapter = {
      ...{ name: "here", title: "", about: "", otherActions: ["there"] },
      async *steps() {
        yield step;
      },
    };
    const narrator = new Narrator(() => {}, plainStyle, 80);
    await expect(
      playChapter(chapter, { temp: "" } as Stage, narrator, new AbortController().signal),
    ).rejects.toThrow("The chapter here runs elsewhere and does not name it");
    expect(actionsOf(chapter)).toEqual(["here", "there"]);
  });
});

describe("a verdict", () => {
  it.each([
    {
      title: "a success with the outputs",
      expected: success,
      result: { outputs: { passed: "8", failed: "0" } },
    },
    {
      title: "a failure for the reason",
      expected: failure,
      result: { conclusion: "failure", annotations: [error("version: old")] },
    },
    {
      title: "a warning besides",
      expected: success,
      result: { outputs: { passed: "8" }, annotations: [{ level: "warning", message: "w" }] },
    },
  ] as const)("is right for $title", ({ expected, result }) => {
    expect(judgeVerdict(expected, { ...ran, ...result })).toEqual([]);
  });

  it.each([
    {
      title: "a success that should fail",
      expected: failure,
      result: {},
      problems: ["expected failure, got success", "no error says ^version: "],
    },
    {
      title: "a failure that should succeed",
      expected: success,
      result: { conclusion: "failure", outputs: { passed: "8" }, annotations: [error("x")] },
      problems: ["expected success, got failure", "an unexpected error: x"],
    },
    {
      title: "a success that did nothing",
      expected: success,
      result: {},
      problems: ["output passed: expected 8, got nothing"],
    },
    {
      title: "a failure for another reason",
      expected: failure,
      result: { conclusion: "failure", annotations: [error("x")] },
      problems: ["no error says ^version: ", "an unexpected error: x"],
    },
    {
      title: "a second reason",
      expected: failure,
      result: { conclusion: "failure", annotations: [error("version: old"), error("x")] },
      problems: ["an unexpected error: x"],
    },
    {
      title: "a cancelled run",
      expected: failure,
      result: { conclusion: "cancelled", annotations: [error("version: old")] },
      problems: ["expected failure, got cancelled"],
    },
    {
      title: "a process left running",
      expected: success,
      result: { outputs: { passed: "8" }, orphans: [{ pid: 7, name: "sleep" }] },
      problems: ["left running: sleep (7)"],
    },
  ] as const)("is wrong for $title", ({ expected, result, problems }) => {
    expect(judgeVerdict(expected, { ...ran, ...result })).toEqual(problems);
  });
});

describe("what is printed where there is no terminal", () => {
  const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));

  it("is ASCII whatever an action prints, and ASCII stays as it is", () => {
    fc.assert(fc.property(fc.string({ unit: codePoint }), (text) => /^[\n\t\x20-\x7e]*$/.test(ascii(text))));
    fc.assert(fc.property(fc.stringMatching(/^[\x20-\x7e]*$/), (text) => ascii(text) === text));
  });

  it("keeps what the marks say", () => {
    expect(ascii("✅ a ❌ b ⏭️ c → d")).toBe("[ok] a [failed] b [skipped] c -> d");
  });
});

describe("the narrator", () => {
  it("wraps prose to the width and drops no word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^\w{1,12}$/), { minLength: 1 }),
        fc.integer({ min: 20, max: 60 }),
        (words, width) => {
          const lines: string[] = [];
          new Narrator((line) => lines.push(line), plainStyle, width).tell(words.join(" "));
          expect(lines.join(" ").trim().split(/\s+/)).toEqual(words);
          expect(lines.every((line) => line.length <= width)).toBe(true);
        },
      ),
    );
  });
});

describe("the page", () => {
  const played = (text: string): PlayedStep => {
    const step: Step = {
      ...{
        title: text,
        why: text,
        action: "smoke-test",
        with: { url: text },
        env: {},
        secrets: { PASSWORD: "correct horse" },
      },
      expected: { conclusion: "failure", because: [] },
    };
    const result: ActionResult = {
      ...{
        conclusion: "failure",
        ok: false,
        exitCode: 1,
        signal: null,
        stdout: "",
        stderr: "",
        log: "",
        summary: "",
      },
      ...{ annotations: [{ ...error(text), title: text, file: text, line: 3 }], droppedAnnotations: 0 },
      ...{
        outputs: { said: text, none: "", report: "/temp/r.json" },
        state: {},
        env: {},
        path: [],
        masks: [],
        orphans: [],
      },
      ...{ temp: "/temp", workspace: "/workspace", durationMs: 1_200 },
    };
    const lines = [
      { kind: "group", text } as const,
      { kind: "text", text } as const,
      { kind: "endgroup", text: "" } as const,
      { kind: "error", text } as const,
    ];
    return { step, result, lines, problems: [text] };
  };
  const page = (text: string): string => {
    const chapter = { name: "smoke-test", title: text, about: text, steps: () => expect.fail() };
    return demoPage([{ chapter, steps: [played(text)] }], { durationMs: 5_000, date: new Date(0) });
  };

  it("is well-formed whatever the texts on it are, and adds no tag for them", () => {
    const tags = page("").match(/<[a-z]/g)?.length;
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "/", "-", "!", "a", "=", "\n") }),
        (text) => {
          const made = page(text);
          expect(tagProblems(made)).toEqual([]);
          expect(made.match(/<[a-z]/g)?.length).toBe(tags);
        },
      ),
    );
  });

  it("lets nothing run or load that got into it, and has its own style apply", () => {
    const made = page("x");
    const style = /<style>(.*)<\/style>/s.exec(made)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(made).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(made).not.toMatch(/\sstyle=/);
  });

  it("shows a secret of the step by its name, and no path of the machine", () => {
    const made = page("x");
    expect(made).toContain("PASSWORD: ${{ secrets.PASSWORD }}");
    expect(made).not.toContain("correct horse");
    expect(made).toContain("$RUNNER_TEMP/r.json");
    expect(made).not.toContain("/temp/");
  });

  it("is told from one that is not well-formed", () => {
    expect(tagProblems("<p><b>x</p></b>")).toEqual(["</p> where <b> is open", "<p> is not closed"]);
    expect(tagProblems("<p>a < b")).toEqual(["<p> is not closed", "stray: < b"]);
    expect(tagProblems('<p title="a">x &amp; y<br></p>')).toEqual([]);
  });
});
