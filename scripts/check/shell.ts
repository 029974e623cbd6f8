import { readFile } from "node:fs/promises";
import path from "node:path";
import { isScalar, LineCounter, parseDocument, visit } from "yaml";
import { runChild } from "../bundle/child.ts";
import { actionNames, filesUnder } from "../bundle/repository.ts";
import { hostScript } from "../docs/host-script.ts";
import type { Check } from "./check.ts";
import { checkParts } from "./parts.ts";
import { workflowDocuments } from "./workflow-documents.ts";

type Script = {
  readonly file: string;
  readonly shell: string;
  readonly text: string;
  /** Where a line of the text stands, as `file:line`. */
  readonly at: (line: number) => string;
};

/** ShellCheck over the shell scripts and the `run:` steps. */
export const shell: Check = {
  name: "shell (ShellCheck)",
  mend: "mend the script (shellcheck.net/wiki/SC… explains each number)",
  find: async (root) => {
    const program = checkParts.shellcheck.find();
    if (program === undefined) {
      return { problems: [], notRun: `to supply it: ${checkParts.shellcheck.sources[0].command}` };
    }
    const problems: string[] = [];
    for (const script of [
      ...(await shellFiles(root)),
      ...(await hostScripts(root)),
      ...(await runSteps(root)),
    ]) {
      problems.push(...(await lint(program, root, script)));
    }
    return { problems };
  },
};

async function lint(program: string, root: string, { file, shell, text, at }: Script): Promise<string[]> {
  const args = ["--format=json", "--severity=style", `--shell=${shell}`, "-"];
  const { stdout, stderr } = await runChild(program, args, { cwd: root, input: text });
  if (stdout === "") return [`${file}: ShellCheck failed: ${stderr.trim()}`];
  const comments: { line: number; code: number; message: string }[] = JSON.parse(stdout);
  return comments.map(({ line, code, message }) => `${at(line)}: SC${code}: ${message}`);
}

async function shellFiles(root: string): Promise<Script[]> {
  const scripts: Script[] = [];
  for (const folder of [".ci", "examples", "scripts", "templates", "test"]) {
    for (const name of await filesUnder(path.join(root, folder))) {
      if (!/(^|\/)[^./]+$|\.sh$/.test(name) || name.includes("node_modules/")) continue;
      const text = await readFile(path.join(root, folder, name), "utf8");
      const shell = /^#!.*\b(bash|dash|sh)\b/.exec(text)?.[1];
      const file = `${folder}/${name}`;
      if (shell !== undefined) scripts.push({ file, shell, text, at: (line) => `${file}:${line}` });
    }
  }
  return scripts;
}

/** The scripts that actions run on hosts, each as a whole: its parts call each other. */
async function hostScripts(root: string): Promise<Script[]> {
  const scripts: Script[] = [];
  for (const name of await actionNames(root)) {
    const script = await hostScript(root, name);
    if (script !== undefined) scripts.push({ file: `actions/${name}/agent`, shell: "sh", ...script });
  }
  return scripts;
}

/** The steps of workflows with the runner's default shell, or bash or sh. */
async function runSteps(root: string): Promise<Script[]> {
  const scripts: Script[] = [];
  for (const { file, text, lineShift } of await workflowDocuments(root)) {
    const lines = new LineCounter();
    visit(parseDocument(text, { lineCounter: lines }), {
      Map: (_key, step) => {
        const run = step.get("run", true);
        const shell = step.get("shell") ?? "bash";
        if (!isScalar(run) || typeof run.value !== "string" || (shell !== "bash" && shell !== "sh")) return;
        const start = lines.linePos(run.range?.[0] ?? 0).line;
        const isBlock = run.type === "BLOCK_LITERAL" || run.type === "BLOCK_FOLDED";
        // The runner replaces an expression before the shell sees the line; a word of that length stands for it.
        const script = run.value.replace(/\$\{\{.*?\}\}/gs, (expression) => "x".repeat(expression.length));
        const shift = lineShift + start - (isBlock ? 0 : 1);
        scripts.push({ file, shell, text: script, at: (line) => `${file}:${line + shift}` });
      },
    });
  }
  return scripts;
}
