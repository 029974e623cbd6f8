import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, utimesSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { actionSource, builtAction } from "../../scripts/runner/find-action.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { scratchAction } from "./scratch-action.ts";
import { makeScratchRepository } from "./scratch-repository.ts";

type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Starts `npm run action` with these arguments, without npm, in a folder that is the user's. */
function start(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = makeTempDir("user").path,
): ChildProcess {
  const script = path.join(REPOSITORY, "scripts/action.ts");
  return spawn(process.execPath, ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", script, ...args], {
    cwd: REPOSITORY,
    env: {
      PATH: process.env["PATH"],
      INIT_CWD: cwd,
      TMPDIR: makeTempDir("kept").path,
      npm_config_x: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function finish(child: ChildProcess): Promise<Finished> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}

const action = (...parameters: Parameters<typeof start>) => finish(start(...parameters));

describe("npm run action", () => {
  const manifest = "inputs:\n  config: { description: The file }\n  ssh-key: { description: The key }\n";

  test("runs the action where the user is, with the user's environment, and prints log, outputs, annotations and summary", async () => {
    const script = `
      const { appendFileSync } = require("fs");
      console.log("in", process.cwd(), process.env.INPUT_CONFIG, process.env.MINE, process.env.npm_config_x, process.env.INIT_CWD);
      console.log("key", process.env["INPUT_SSH-KEY"]);
      console.log("::warning file=a.yml,line=2,title=Slow::it took long");
      appendFileSync(process.env.GITHUB_OUTPUT, "passed=3\\n");
      appendFileSync(process.env.GITHUB_STEP_SUMMARY, "**fine**\\n");`;
    const cwd = makeTempDir("user").path;
    const done = await action(
      [scratchAction(script, manifest), "--config", "x.yml"],
      { MINE: "1", SSH_KEY: "hunter22" },
      cwd,
    );
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout.replace(/after .*/, "after …")).toBe(
      [
        `in ${cwd} x.yml 1 undefined undefined`,
        "key ***",
        "! it took long",
        "",
        "── Outputs",
        "passed  3",
        "",
        "── Annotations",
        "warning  a.yml:2  Slow",
        "  it took long",
        "",
        "── Summary",
        "fine",
        "",
        "success, exit code 0, after …",
        "",
      ].join("\n"),
    );
  });

  test("keeps the files that the outputs name", async () => {
    const script = `
      const { appendFileSync, writeFileSync } = require("fs");
      const report = process.env.RUNNER_TEMP + "/report.json";
      writeFileSync(report, "{}");
      appendFileSync(process.env.GITHUB_OUTPUT, "report=" + report + "\\n");`;
    const { stdout } = await action([scratchAction(script)]);
    expect(readFileSync(/^report {2}(.+)$/m.exec(stdout)?.[1] ?? "", "utf8")).toBe("{}");
  });

  test("exits as the action did; and with 1 when that exited with 0 but a command failed", async () => {
    expect((await action([scratchAction("process.exit(3)")])).code).toBe(3);
    expect((await action([scratchAction(`console.log("::set-env name=a::b")`)])).code).toBe(1);
  });

  test("Ctrl-C cancels the action; a second one ends it at once", async () => {
    const stubborn = `process.on("SIGINT", () => console.log("SIGINT seen")); setInterval(() => {}, 1e6); console.log("ready");`;
    const child = start([scratchAction(stubborn)]);
    child.stdout?.on("data", (text: Buffer) => {
      if (/ready|SIGINT seen/.test(text.toString())) child.kill("SIGINT");
    });
    const { code, stdout } = await finish(child);
    expect(stdout).toContain("SIGINT seen");
    expect(stdout).toContain("cancelled, ended by SIGKILL");
    expect(code).toBe(128 + 9);
  });

  test("a mistake in the flags is told before anything runs", async () => {
    const dir = scratchAction(`console.log("ran")`, manifest);
    const done = await action([dir, "--ssh-key", "hunter22"]);
    expect(done).toMatchObject({ code: 1, stdout: "" });
    expect(done.stderr).toMatch(
      /^--ssh-key: a secret on a command line .*\n {2}Put it into the environment as INPUT_SSH_KEY/,
    );
    expect(done.stderr).not.toContain("hunter22");
  });

  test("--help lists the inputs of an action, and how a secret is passed", async () => {
    const { stdout, code } = await action([scratchAction("", manifest), "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "  --config\n      The file\n  INPUT_SSH_KEY or SSH_KEY (environment)\n      The key\n",
    );
  });

  test("without a name, and for an unknown one, it says which actions there are", async () => {
    const none = await action([]);
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toContain("The actions are: ");
    await expect(actionSource(REPOSITORY, "smok-test")).rejects.toMatchObject({
      hint: "Did you mean smoke-test?",
    });
  });
});

test("an action is built when its sources are newer than its bundle, and only then", {
  timeout: 60_000,
}, async () => {
  const repository = makeScratchRepository({ shared: false });
  repository.write({
    "actions/hello/action.yml":
      "name: Hello\ndescription: Says it\nruns:\n  using: node24\n  main: index.js\n",
    "actions/hello/README.md": "# hello\n",
    "actions/hello/src/main.ts": `console.log("hello");\n`,
  });
  const said: string[] = [];
  const build = () => builtAction(repository.root, "hello", (line) => said.push(line));
  const bundle = path.join(await build(), "index.js");
  await build();
  expect(said).toEqual(["Building hello ..."]);

  repository.write({ "actions/hello/src/main.ts": `console.log("good day");\n` });
  const later = new Date(statSync(bundle).mtimeMs + 5000);
  utimesSync(path.join(repository.root, "actions/hello/src/main.ts"), later, later);
  await build();
  expect(said).toHaveLength(2);
  expect(readFileSync(bundle, "utf8")).toContain("good day");
});
