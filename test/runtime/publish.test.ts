import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { makeTempDir } from "../support/temp-dir.ts";
import { annotationsOf, reportOf, runEdge } from "./edge.ts";

const MIB = 1024 * 1024;
const folder = makeTempDir("publish");

/** A stand-in for node that first changes what its process may do. */
function nodeAfter(name: string, command: string): string {
  const file = path.join(folder.path, name);
  writeFileSync(file, `#!/bin/sh\n${command}\nexec "${process.execPath}" "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

describe.concurrent("what an action leaves", () => {
  it("outputs come whole, whatever is in them", async () => {
    const { outputs, annotations } = await runEdge("succeed").done;
    const { report, junit, ...others } = outputs;
    expect(others).toEqual({
      result: "passed",
      count: "3",
      good: "true",
      empty: "",
      lines: "one\ntwo\r\nthree\n",
      sly: "x\nEOF\nresult=stolen\nghadelimiter_1\nother<<EOF\nstolen\nEOF",
      commands: "::error::stolen\n##[error]stolen",
    });
    expect(annotations.length).toBe(1);
    expect(readFileSync(junit ?? "", "utf8")).toBe("<testsuites/>\n");
    expect(report).toMatch(/\/report\.json$/);
  });

  it("files lie in a folder of their own that only the owner can enter, each for the owner alone", async () => {
    const { outputs, temp } = await runEdge("succeed").done;
    const report = outputs["report"] ?? "";
    const own = path.dirname(report);
    expect(path.dirname(own)).toBe(temp);
    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect(readdirSync(own).sort()).toEqual(["junit.xml", "report.json"]);
    for (const name of readdirSync(own)) expect(statSync(path.join(own, name)).mode & 0o777).toBe(0o600);
  });

  it("a summary that is too large is cut with a note, below what the runner takes", async () => {
    const { summary, annotations, exitCode } = await runEdge("large").done;
    expect([exitCode, annotations]).toEqual([0, []]);
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(MIB);
    expect(Buffer.byteLength(summary)).toBeGreaterThan(MIB * 0.9);
    expect(summary).toMatch(
      /^### ✅ edge: passed\n[\s\S]*> ✂️ Left out because a job summary is limited in size: .*\n$/,
    );
  });

  it("annotations beyond ten of a kind are counted, and the report has them all", async () => {
    const result = await runEdge("many").done;
    const said = annotationsOf(result);
    expect(result.droppedAnnotations).toBe(0);
    expect(said.length).toBe(20);
    expect(said[8]).toBe("error check 8: Number 8 is red.");
    expect(said[9]).toBe("error 16 more errors: 16 more errors: see the job summary.");
    expect(said[19]).toBe("warning 3 more warnings: 3 more warnings: see the job summary.");
    expect(reportOf(result).failures.length).toBe(25);
  });

  it("a log of many lines comes whole", async () => {
    const { stdout } = await runEdge("chatty").done;
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBe(20_000);
    expect(lines.at(-1)).toBe(`line 19999 ${"x".repeat(100)}`);
  });
});

describe.concurrent("a secret", () => {
  const password = `p@ss"w'ord <&> 100% ü\\n`;
  const forms = [password, "t0ken-out-of-an-answer", encodeURIComponent(password)]
    .flatMap((form) => [form, JSON.stringify(form).slice(1, -1)])
    .concat(Buffer.from(password).toString("base64"));

  it("is masked first of all, and is in nothing else that the action prints or leaves", async () => {
    const result = await runEdge("leak", { inputs: { password } }).done;
    const lines = result.stdout.split("\n");
    expect(lines[0]).toMatch(/^::add-mask::/);
    expect(result.masks).toContain(password);
    expect(result.masks).toContain("t0ken-out-of-an-answer");
    const printed = lines.filter((line) => !line.startsWith("::add-mask::")).join("\n");
    const files = [result.outputs["report"], result.outputs["junit"]].map((file) =>
      readFileSync(file ?? "", "utf8"),
    );
    const everything = [printed, result.stderr, result.summary, JSON.stringify(result.outputs), ...files];
    for (const form of forms) for (const text of everything) expect(text).not.toContain(form);
    // It was there to be found: each place shows that something was taken out.
    for (const text of [printed, result.summary, ...files]) expect(text).toContain("***");
    expect(result.outputs["answer"]).toBe("*** ***");
    expect(reportOf(result).detail).toEqual({ "*** ***": ["*** ***", { deep: "*** ***" }] });
  });

  it("does not show when the action breaks on it", async () => {
    const { stdout, stderr, summary, outputs } = await runEdge("leak-bug", { inputs: { password } }).done;
    const printed = stdout.split("\n").filter((line) => !line.startsWith("::add-mask::"));
    const report = readFileSync(outputs["report"] ?? "", "utf8");
    expect(printed.join("\n")).toContain("TypeError: cannot read ***");
    for (const form of forms) expect([...printed, stderr, summary, report].join("\n")).not.toContain(form);
  });

  it("that is too short to be masked is warned of", async () => {
    const result = await runEdge("succeed", { inputs: { password: "abc" } }).done;
    expect(annotationsOf(result)).toContain(
      "warning edge: Not masked because shorter than four characters: 1 of the secrets. Use longer ones.",
    );
  });
});

describe.concurrent("results that cannot be written", () => {
  it("fail the step when RUNNER_TEMP is not there; outputs and summary come all the same", async () => {
    // The runner's own files must lie somewhere else than where the action is to write.
    const node = nodeAfter("no-temp", `export RUNNER_TEMP="${folder.path}/absent"`);
    const result = await runEdge("succeed", { node }).done;
    expect(result.exitCode).toBe(1);
    expect(annotationsOf(result)[0]).toMatch(
      /^error edge: The report could not be written: Error: ENOENT.*Check RUNNER_TEMP and the free disk space\.$/,
    );
    expect(result.outputs).toMatchObject({ result: "passed", count: "3" });
    expect(result.outputs["report"]).toBeUndefined();
    expect(result.summary).toContain("### ✅ edge: passed");
  });

  it("keep the exit code and the errors of a failed action", async () => {
    const node = nodeAfter("no-temp-failed", `export RUNNER_TEMP="${folder.path}/absent"`);
    const result = await runEdge("fail", { node }).done;
    expect(result.exitCode).toBe(1);
    expect(result.annotations.map(({ title }) => title)).toEqual(["check one", "check two", "edge"]);
  });

  it("fail the step when the disk is full, and no output names half a report", async () => {
    const node = nodeAfter("small-files", "ulimit -f 16");
    const result = await runEdge("big-report", { node }).done;
    expect(result.exitCode).toBe(1);
    expect(annotationsOf(result)).toEqual([
      expect.stringMatching(/^error edge: The report could not be written: Error: EFBIG/),
    ]);
    expect(result.outputs).toEqual({ result: "passed" });
  });

  it.each([
    ["GITHUB_OUTPUT", "The outputs"],
    ["GITHUB_STEP_SUMMARY", "The job summary"],
  ])("fail the step when there is no space for %s", async (variable, what) => {
    const full = path.join(folder.path, `full-${variable}`);
    symlinkSync("/dev/full", full);
    const node = nodeAfter(`full-${variable}.sh`, `export ${variable}="${full}"`);
    const result = await runEdge("succeed", { node }).done;
    expect(result.exitCode).toBe(1);
    expect(annotationsOf(result)[0]).toMatch(`error edge: ${what} could not be written: Error: ENOSPC`);
    const reports = readdirSync(result.temp).filter((name) => name.startsWith("edge-"));
    expect(existsSync(path.join(result.temp, reports[0] ?? "", "report.json"))).toBe(true);
  });

  it("fail the step when GITHUB_OUTPUT names a file that is not there", async () => {
    const node = nodeAfter("no-output", `export GITHUB_OUTPUT="${folder.path}/absent"`);
    const result = await runEdge("succeed", { node }).done;
    expect(result.exitCode).toBe(1);
    expect(annotationsOf(result)[0]).toContain("The outputs could not be written");
  });

  it("are no failure where the runner asks for no summary", async () => {
    const node = nodeAfter("no-summary", "unset GITHUB_STEP_SUMMARY");
    const result = await runEdge("succeed", { node }).done;
    expect([result.exitCode, result.summary]).toEqual([0, ""]);
    expect(reportOf(result).result).toBe("passed");
  });

  it("go through the older command where there is no GITHUB_OUTPUT", async () => {
    const node = nodeAfter("no-output-file", "unset GITHUB_OUTPUT");
    const result = await runEdge("succeed", { node }).done;
    expect(result.exitCode).toBe(0);
    expect(result.outputs).toMatchObject({ result: "passed", lines: "one\ntwo\r\nthree\n" });
  });
});

describe.concurrent("a log that nobody reads", () => {
  /** Runs the fixture without a runner; gives its exit code, and the verdict of its report. */
  async function unread(behaviour: string, listen: (stdout: Readable) => void) {
    const temp = makeTempDir("unread").path;
    const script = path.resolve(import.meta.dirname, "../fixtures/edge/main.ts");
    const child = spawn(process.execPath, ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", script], {
      env: {
        PATH: process.env["PATH"],
        RUNNER_TEMP: temp,
        INPUT_DO: behaviour,
        INPUT_PASSWORD: "hunter2-secret",
      },
      stdio: ["ignore", "pipe", "ignore"],
    });
    listen(child.stdout);
    const [code] = await once(child, "exit");
    child.stdout.destroy();
    const [own = ""] = readdirSync(temp);
    const report = JSON.parse(readFileSync(path.join(temp, own, "report.json"), "utf8"));
    return [code, report.result];
  }

  it.each([
    ["undo", 0, "passed"],
    ["fail", 1, "failed"],
  ] as const)(
    "because its reader has gone changes nothing in how '%s' ends",
    async (behaviour, code, result) => {
      expect(await unread(behaviour, (stdout) => stdout.destroy())).toEqual([code, result]);
    },
  );

  it("because its reader has stopped does not keep the action from ending", async () => {
    expect(await unread("chatty", (stdout) => stdout.pause())).toEqual([0, "passed"]);
  });
});
