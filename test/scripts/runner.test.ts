import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type LogLine, type RunOptions, runAction } from "../../scripts/runner/run-action.ts";
import { isRunning } from "../support/is-running.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { scratchAction } from "./scratch-action.ts";

const run = (script: string, options: Partial<RunOptions> = {}, manifest?: string) =>
  runAction({ dir: scratchAction(script, manifest), ...options }).done;

const printEnv = "console.log(JSON.stringify(process.env));";
const expression = (text: string) => `$\{{ ${text} }}`;
const environmentOf = (stdout: string): Record<string, string> => JSON.parse(stdout);

describe("what an action finds", () => {
  test("inputs come as INPUT_ variables, upper case, with dashes kept and spaces turned into underscores", async () => {
    const manifest = "inputs:\n  base-url: {}\n  Two Words: {}\n";
    const result = await run(printEnv, { inputs: { "base-url": "http://a", "two words": "x" } }, manifest);
    expect(environmentOf(result.stdout)).toMatchObject({
      "INPUT_BASE-URL": "http://a",
      INPUT_TWO_WORDS: "x",
    });
    expect(result.annotations).toEqual([]);
  });

  test("defaults of action.yml fill up what was not given, with their expressions answered from the environment", async () => {
    const manifest = [
      "inputs:",
      "  plain: { default: 10 }",
      `  token: { default: "${expression("github.token")}" }`,
      `  repository: { default: "https://x/${expression("github.repository")}/${expression("runner.os")}" }`,
      `  computed: { default: "${expression("hashFiles(github.ref)")}" }`,
      "  given: { default: no, required: true }",
      "  none:",
    ].join("\n");
    const options = {
      inputs: { given: "yes" },
      env: { GITHUB_TOKEN: "t0k", GITHUB_REPOSITORY: "org/app", RUNNER_OS: "Linux" },
    };
    expect(environmentOf((await run(printEnv, options, manifest)).stdout)).toMatchObject({
      INPUT_PLAIN: "10",
      INPUT_TOKEN: "t0k",
      INPUT_REPOSITORY: "https://x/org/app/Linux",
      INPUT_COMPUTED: "",
      INPUT_GIVEN: "yes",
      INPUT_NONE: "",
    });
  });

  test("an unknown and a deprecated input give the runner's warnings, and are passed on", async () => {
    const manifest = "inputs:\n  url: { deprecationMessage: use target }\n  target: {}";
    const result = await run(printEnv, { inputs: { url: "u", tagret: "t" } }, manifest);
    expect(result.annotations.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      "warning: Input 'url' has been deprecated with message: use target",
      "warning: Unexpected input(s) 'tagret', valid inputs are ['url', 'target']",
    ]);
    expect(environmentOf(result.stdout)).toMatchObject({ INPUT_TAGRET: "t" });
    expect(result.ok).toBe(true);
  });

  test("of this process's environment only PATH and HOME go along, and the workspace is the working directory", async () => {
    process.env["SECRET_OF_THE_CALLER"] = "x";
    const cwd = makeTempDir("workspace").path;
    const script = `console.log(JSON.stringify({ ...process.env, cwd: process.cwd(), stdin: process.stdin.isTTY ?? false }));`;
    const { stdout, temp } = await run(script, { cwd, env: { MINE: "1", HOME: undefined } });
    delete process.env["SECRET_OF_THE_CALLER"];
    const env = environmentOf(stdout);
    const own = Object.keys(env).filter((name) => !/^(GITHUB|RUNNER)_/.test(name));
    expect(own.sort()).toEqual(["CI", "MINE", "PATH", "cwd", "stdin"]);
    expect(env).toMatchObject({
      GITHUB_ACTIONS: "true",
      CI: "true",
      GITHUB_WORKSPACE: cwd,
      RUNNER_TEMP: temp,
      cwd,
    });
  });

  test("the mark by which left-over processes are found is the run's own, whatever the environment says", async () => {
    const env = { RUNNER_TRACKING_ID: "github_job" };
    expect(environmentOf((await run(printEnv, { env })).stdout)["RUNNER_TRACKING_ID"]).toMatch(
      /^github_[0-9a-f-]{36}$/,
    );
  });

  test("a post stage gets what the main stage saved", async () => {
    const main = `require("fs").appendFileSync(process.env.GITHUB_STATE, "lock<<E\\nheld\\nE\\n");`;
    const dir = scratchAction(
      `if (process.env.STATE_lock) console.log("release", process.env.STATE_lock); else { ${main} }`,
      "inputs: {}",
      "  post: index.js\n",
    );
    const { state } = await runAction({ dir }).done;
    expect(state).toEqual({ lock: "held" });
    expect((await runAction({ dir, stage: "post", state }).done).stdout).toBe("release held\n");
  });

  test("a folder without action.yml, an action of another kind and a missing stage are refused", async () => {
    await expect(runAction({ dir: makeTempDir("empty").path }).done).rejects.toThrow("holds no action.yml");
    const composite = scratchAction("");
    writeFileSync(path.join(composite, "action.yml"), "name: x\nruns: { using: composite, steps: [] }\n");
    await expect(runAction({ dir: composite }).done).rejects.toThrow("is not a JavaScript action");
    await expect(runAction({ dir: scratchAction(""), stage: "post" }).done).rejects.toThrow(
      "has no 'post' stage",
    );
  });
});

describe("what an action answers", () => {
  const append = (file: string, text: string) =>
    `require("fs").appendFileSync(process.env.${file}, ${JSON.stringify(text)});`;

  test("outputs, state, variables, path and summary come from the command files", async () => {
    const script = [
      append("GITHUB_OUTPUT", "passed=3\nreport<<E_1\nline 1\n\nline 3\nE_1\nlast=a=b<<c"),
      append("GITHUB_ENV", "A=1\nNODE_OPTIONS=--inspect\n"),
      append("GITHUB_PATH", "/a\n\n/b\n/a\n"),
      append("GITHUB_STEP_SUMMARY", "# Good\n"),
    ].join("\n");
    const result = await run(script);
    expect(result.outputs).toEqual({ passed: "3", report: "line 1\n\nline 3", last: "a=b<<c" });
    expect(result.env).toEqual({ A: "1" });
    expect(result.path).toEqual(["/a", "/b"]);
    expect(result.summary).toBe("# Good\n");
    expect(result.annotations).toMatchObject([
      { level: "error", message: expect.stringContaining("NODE_OPTIONS") },
    ]);
    expect(result.ok).toBe(true);
  });

  test("a mistake in a command file fails the step, and keeps the outputs before it", async () => {
    const result = await run(append("GITHUB_OUTPUT", "good=1\nreport<<E\ntext\n"));
    expect(result).toMatchObject({ exitCode: 0, ok: false, conclusion: "failure", outputs: { good: "1" } });
    expect(result.annotations.map(({ message }) => message)).toEqual([
      "Unable to process file command 'output' successfully.",
      "Invalid value. Matching delimiter not found 'E'",
    ]);
  });

  test("a summary of 1 MiB is kept, one byte more is an error annotation and no summary", async () => {
    const summary = (bytes: number) =>
      run(`require("fs").writeFileSync(process.env.GITHUB_STEP_SUMMARY, "x".repeat(${bytes}));`);
    expect((await summary(1024 * 1024)).summary).toHaveLength(1024 * 1024);
    const over = await summary(1024 * 1024 + 1);
    expect(over).toMatchObject({ summary: "", ok: true });
    expect(over.annotations).toMatchObject([
      { level: "error", message: expect.stringContaining("size of 1024k, got 1024k") },
    ]);
  });

  test("annotations are decoded, counted to ten of a level and cut at 4096 characters; the log has them all", async () => {
    const script = `
      console.log("::error file=" + process.cwd() + "/smoke.yml,line=3,col=7,title=A%2C B%3A 100%25::one%0Atwo %25");
      for (let i = 2; i <= 12; i++) console.log("::error::" + i);
      console.log("::warning::" + "w".repeat(5000));`;
    const result = await run(script);
    expect(result.annotations[0]).toEqual({
      level: "error",
      message: "one\ntwo %",
      title: "A, B: 100%",
      file: "smoke.yml",
      line: 3,
      col: 7,
    });
    expect(result.annotations.filter(({ level }) => level === "error")).toHaveLength(10);
    expect(result.droppedAnnotations).toBe(2);
    expect(result.annotations.at(-1)?.message).toBe("w".repeat(4096));
    expect(result.log).toContain("Error: one\ntwo %\nError: 2\n");
    expect(result.log).toContain("Error: 12\n");
  });

  test("a run that exits with 1 has failed", async () => {
    expect(await run("process.exit(1)")).toMatchObject({ exitCode: 1, ok: false, conclusion: "failure" });
  });
});

describe("the log", () => {
  test("shows groups and debug lines as the runner does, from both pipes, to the last line without a newline", async () => {
    const lines: LogLine[] = [];
    const script = `console.log("::group::Checks\\nhealth\\n::endgroup::\\n::debug::hidden"); process.stdout.write("end");`;
    const result = await run(script, { onLine: (line) => lines.push(line) });
    expect(lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      "group Checks",
      "text health",
      "endgroup ",
      "text end",
    ]);
    expect(result.log).toBe("Checks\nhealth\nend\n");
    expect(result.stdout).toBe("::group::Checks\nhealth\n::endgroup::\n::debug::hidden\nend");
    expect((await run(`console.error("::debug::a%0Ab")`, { env: { RUNNER_DEBUG: "1" } })).log).toBe(
      "Debug: a\nDebug: b\n",
    );
  });

  test("masks from add-mask on, each line of a value, its encodings, and the job's own secrets, in log, annotations and summary", async () => {
    const script = `
      console.log("before s3cret&value");
      console.log("::add-mask::s3cret&value%0Asecond line%0A");
      console.log("plain s3cret&value, uri s3cret%26value, base64 " + btoa("s3cret&value") + ", second line, job-secret");
      console.log("::error::it was s3cret&value");
      require("fs").writeFileSync(process.env.GITHUB_STEP_SUMMARY, "s3cret&value\\n");`;
    const result = await run(script, { secrets: ["job-secret"] });
    expect(result.log).toBe(
      "before s3cret&value\nplain ***, uri ***, base64 ***, ***, ***\nError: it was ***\n",
    );
    expect(result.annotations).toEqual([{ level: "error", message: "it was ***" }]);
    expect(result.summary).toBe("***\n");
    expect(result.masks).toEqual([
      "job-secret",
      "s3cret&value\nsecond line\n",
      "s3cret&value",
      "second line",
    ]);
  });

  test("after stop-commands, commands are text until the token", async () => {
    const script = `console.log("::stop-commands::tok\\n::error::x\\n##[error]y\\n::tok::\\n::error::z")`;
    const result = await run(script);
    expect(result.annotations.map(({ message }) => message)).toEqual(["z"]);
    expect(result.log).toBe("::stop-commands::tok\n::error::x\n##[error]y\n::tok::\nError: z\n");
  });

  test.each(["::set-env name=A::1", "::add-path::/x", "::stop-commands::error"])(
    "%s fails the step",
    async (line) => {
      expect(await run(`console.log(${JSON.stringify(line)})`)).toMatchObject({ exitCode: 0, ok: false });
    },
  );

  test("set-output and save-state still work, with a warning", async () => {
    const result = await run(`console.log("::set-output name=a::1\\n::save-state name=b::2")`);
    expect(result).toMatchObject({ outputs: { a: "1" }, state: { b: "2" }, ok: true });
    expect(result.annotations.map(({ level }) => level)).toEqual(["warning", "warning"]);
  });
});

describe("ending", () => {
  /** Runs a script that prints `ready`, and acts on it at that moment. */
  async function whenReady(
    script: string,
    act: (running: ReturnType<typeof runAction>) => void,
    options: Partial<RunOptions> = {},
  ) {
    const running = runAction({
      dir: scratchAction(script),
      onLine: ({ text }) => {
        if (text === "ready") act(running);
      },
      ...options,
    });
    return running.done;
  }
  const quick = { interruptMs: 300, terminateMs: 300 };
  const cancel = (running: ReturnType<typeof runAction>) => running.cancel();

  test("a cancelled action gets SIGINT first, and is cancelled even when it exits with 0", async () => {
    const script = `process.on("SIGINT", () => { console.log("undone"); process.exit(0); }); setInterval(() => {}, 1e6); console.log("ready");`;
    expect(await whenReady(script, cancel)).toMatchObject({
      exitCode: 0,
      ok: false,
      conclusion: "cancelled",
      log: "ready\nundone\n",
    });
  });

  test("one that ignores SIGINT gets SIGTERM, and one that ignores both is killed", async () => {
    const ignoring = (...signals: string[]) =>
      `for (const s of ${JSON.stringify(signals)}) process.on(s, () => console.log(s)); setInterval(() => {}, 1e6); console.log("ready");`;
    expect(await whenReady(ignoring("SIGINT"), cancel, { grace: quick })).toMatchObject({
      signal: "SIGTERM",
      log: "ready\nSIGINT\n",
    });
    expect(await whenReady(ignoring("SIGINT", "SIGTERM"), cancel, { grace: quick })).toMatchObject({
      signal: "SIGKILL",
      exitCode: null,
      conclusion: "cancelled",
      log: "ready\nSIGINT\nSIGTERM\n",
    });
  });

  test("a single signal reaches the action and not its children, and what these are is reported and killed", async () => {
    const script = `
      const child = require("child_process").spawn("sleep", ["1000"], { stdio: "ignore", detached: true });
      child.on("spawn", () => { console.log(child.pid); console.log("ready"); });`;
    const result = await whenReady(script, (running) => running.kill("SIGTERM"));
    const pid = Number(result.stdout.split("\n")[0]);
    expect(result).toMatchObject({
      signal: "SIGTERM",
      exitCode: null,
      conclusion: "failure",
      orphans: [{ pid, name: "sleep" }],
    });
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test("when the process that runs it is killed, an action and its folders go as well", async () => {
    const dir = scratchAction(
      `console.log(process.pid, process.env.RUNNER_TEMP); setInterval(() => {}, 1e6);`,
    );
    const runner = pathToFileURL(path.join(REPOSITORY, "scripts/runner/run-action.ts")).href;
    const script = `
      const { runAction } = await import(${JSON.stringify(runner)});
      runAction({ dir: ${JSON.stringify(dir)}, onLine: ({ text }) => console.log(text) });`;
    const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
    const [pid = "", temp = ""] = line.trim().split(" ");
    expect(isRunning(Number(pid)) && existsSync(temp)).toBe(true);
    child.kill("SIGKILL");
    await expect.poll(() => isRunning(Number(pid)) || existsSync(temp)).toBe(false);
  });

  test("an environment that the system refuses is a failed step, not a crash of the runner", async () => {
    const result = await run("", { env: { BIG: "x".repeat(200_000) } });
    expect(result).toMatchObject({ exitCode: null, ok: false, log: expect.stringContaining("E2BIG") });
    const noNode = await run("", { node: "/nowhere/node" });
    expect(noNode).toMatchObject({ exitCode: null, ok: false, log: expect.stringContaining("ENOENT") });
  });

  test("what the step wrote under RUNNER_TEMP can be read afterwards", async () => {
    const result = await run(`require("fs").writeFileSync(process.env.RUNNER_TEMP + "/report.json", "{}");`);
    expect(readFileSync(path.join(result.temp, "report.json"), "utf8")).toBe("{}");
    expect(existsSync(result.workspace)).toBe(true);
  });
});
