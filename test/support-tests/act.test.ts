import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runAct } from "../support/act.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const repository = makeTempDir("act-action");
afterAll(() => repository.remove());

const workflow = ".github/workflows/hello.yml";
const hello = `
on: push
jobs:
  greet:
    runs-on: ubuntu-latest
    outputs: { said: "\${{ steps.hello.outputs.said }}" }
    steps:
      - uses: actions/checkout@v4
      - run: cat greeting.txt
      - id: hello
        uses: org/actions/hello@v1
        with: { who: "\${{ secrets.WHO }}" }
        env: { FROM: "\${{ env.FROM }}" }
  after:
    needs: greet
    runs-on: ubuntu-latest
    steps:
      - run: test "$SAID" = "hello everyone" && echo "event \${{ github.event.note }}"
        env: { SAID: "\${{ needs.greet.outputs.said }}" }
`;

beforeAll(() => {
  const folder = path.join(repository.path, "hello");
  mkdirSync(folder);
  writeFileSync(
    path.join(folder, "action.yml"),
    "name: hello\ndescription: says hello\ninputs: { who: { description: whom } }\n" +
      "outputs: { said: { description: what } }\nruns: { using: node24, main: index.js }\n",
  );
  writeFileSync(
    path.join(folder, "index.js"),
    `const { appendFileSync } = require("node:fs");
     appendFileSync(process.env.GITHUB_OUTPUT, "said=hello " + process.env.INPUT_WHO + "\\n");
     appendFileSync(process.env.GITHUB_STEP_SUMMARY, "# Hello\\n");
     console.log("::warning title=Greeting,file=greeting.txt,line=1::" + process.env.FROM);
     console.log("node", process.versions.node, "sees", Object.keys(process.env).join(" "));`,
  );
});

describe("act", needs("act"), () => {
  it("runs a workflow with an action of a local repository, its inputs, outputs, secrets and summary", async () => {
    const result = await runAct({
      files: { [workflow]: hello, "greeting.txt": "a file of the repository\n" },
      workflow,
      payload: { note: "from the payload" },
      repositories: { "org/actions@v1": repository.path },
      env: { FROM: 'two words, "quotes" and a $sign' },
      secrets: { WHO: "everyone" },
    });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.jobs).toEqual({ greet: "success", after: "success" });
    expect(result.output).toContain("a file of the repository");
    expect(result.output).toContain("event from the payload");
    expect(result.output).toContain(`node ${process.versions.node}`);
    expect(result.output).not.toContain("VITEST");
    expect(result.lines.find((line) => line.command === "warning")).toMatchObject({
      arg: 'two words, "quotes" and a $sign',
      kvPairs: { title: "Greeting", file: "greeting.txt", line: "1" },
      stepID: ["hello"],
    });
    expect(result.lines.find((line) => line.command === "summary")?.content).toBe("# Hello\n");
  });

  it.each([
    ["a dollar sign", `a $HOME $\{HOME} $`],
    ["quotes", `it's "quoted"`],
    ["backslashes", "C:\\new\\table \\"],
    ["a hash", "before # after"],
    ["spaces around", "  padded  "],
    ["several lines", "first\nsecond\r\n\ttabbed"],
    ["non-ASCII", "naïve — 日本 🚀 \u2028"],
    ["markup", "<a & b>"],
  ])("hands over a value with %s unharmed, as a variable and as a secret", async (_what, value) => {
    const files = {
      [workflow]: `
on: push
jobs:
  show:
    runs-on: ubuntu-latest
    steps:
      - run: node -e 'console.log("AS " + [process.env.VARIABLE, process.env.SECRET].map((v) => Buffer.from(v).toString("hex")))'
        env: { SECRET: "\${{ secrets.VALUE }}" }
`,
    };
    const result = await runAct({ files, workflow, env: { VARIABLE: value }, secrets: { VALUE: value } });
    const hex = Buffer.from(value).toString("hex");
    expect(result.output).toContain(`AS ${hex},${hex}`);
  });

  it("says which job failed, and skips what needs it", async () => {
    const result = await runAct({
      files: {
        [workflow]: `
on: push
jobs:
  bad:
    runs-on: ubuntu-latest
    steps: [{ run: "exit 3" }]
  after:
    needs: bad
    runs-on: ubuntu-latest
    steps: [{ run: echo never }]
`,
      },
      workflow,
    });
    expect(result.exitCode).toBe(1);
    expect(result.jobs["bad"]).toBe("failure");
    expect(result.output).not.toContain("never");
  });

  it.each([
    "uses: org/absent@v1",
    "'uses': \"org/absent/sub/folder@v1\"",
    "uses: org/absent/.github/workflows/x.yml@v1",
  ])("downloads nothing: %s without a folder for it is an error", async (uses) => {
    const text = `on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ ${uses} }] } }\n`;
    await expect(runAct({ files: { [workflow]: text }, workflow })).rejects.toThrow(
      `${workflow} uses org/absent@v1, which act would download: name a folder for it`,
    );
  });

  it("is killed when it takes too long", async () => {
    await expect(
      runAct({
        files: {
          [workflow]: "on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: sleep 1000 }] } }\n",
        },
        workflow,
        timeout: 1_500,
      }),
    ).rejects.toThrow("act was ended by SIGKILL");
  });
});
