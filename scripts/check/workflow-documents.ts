import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument } from "yaml";
import { filesUnder } from "../bundle/repository.ts";

/** A workflow or action.yml to be linted: a file, or a block of YAML in a README. */
export type WorkflowDocument = {
  readonly file: string;
  readonly kind: "workflow" | "action";
  readonly text: string;
  /** What to add to a line of `text` for the line of the file. */
  readonly lineShift: number;
  /** True for a whole file, which other tools can read by its path. */
  readonly whole: boolean;
};

const NOT_OURS = /(^|\/)(node_modules|dist|build)\//;

/**
 * Everything that has to be right as a workflow or an action.yml: ours, the templates, those of the examples, and
 * the blocks in Markdown that are a workflow or a list of steps.
 */
export async function workflowDocuments(root: string): Promise<WorkflowDocument[]> {
  const documents: WorkflowDocument[] = [];
  for (const file of await sourceFiles(root)) {
    const text = await readFile(path.join(root, file), "utf8");
    if (file.endsWith(".md")) {
      documents.push(...blocksOf(file, text));
      continue;
    }
    const kind = /(^|\/)action\.ya?ml$/.test(file) ? "action" : "workflow";
    const isWorkflow = file.includes(".github/workflows/") || shapeOf(text) === "workflow";
    if (kind === "action" || isWorkflow) documents.push({ file, kind, text, lineShift: 0, whole: true });
  }
  return documents;
}

async function sourceFiles(root: string): Promise<string[]> {
  const folders = [".github", "actions", "docs", "examples", "templates"];
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await filesUnder(path.join(root, folder))).map((file) => `${folder}/${file}`),
    ),
  );
  const top = ["README.md", "CONTRIBUTING.md"];
  const present = await filesUnderTop(root, top);
  return [...present, ...found.flat()].filter((file) => /\.(ya?ml|md)$/.test(file) && !NOT_OURS.test(file));
}

async function filesUnderTop(root: string, names: readonly string[]): Promise<string[]> {
  const checks = names.map(async (name) =>
    readFile(path.join(root, name))
      .then(() => [name])
      .catch(() => []),
  );
  return (await Promise.all(checks)).flat();
}

/** What a piece of YAML is meant as; anything but a workflow or steps is somebody else's file. */
function shapeOf(text: string): "workflow" | "steps" | undefined {
  const value: unknown = parseDocument(text).toJS();
  const isRecord = (item: unknown): item is object => typeof item === "object" && item !== null;
  if (Array.isArray(value)) {
    return value.some((step) => isRecord(step) && ("uses" in step || "run" in step)) ? "steps" : undefined;
  }
  return isRecord(value) && "jobs" in value ? "workflow" : undefined;
}

// A job around a list of steps, so that it can be linted like a workflow.
const AROUND_STEPS = ["on: push", "jobs:", "  example:", "    runs-on: ubuntu-latest", "    steps:"];

function blocksOf(file: string, markdown: string): WorkflowDocument[] {
  const documents: WorkflowDocument[] = [];
  for (const match of markdown.matchAll(/^( *)```ya?ml\n(.*?)^ *```$/gms)) {
    const [block, indent = "", body = ""] = match;
    const lines = body.split("\n").map((line) => line.slice(Math.min(indent.length, line.search(/\S|$/))));
    const before = markdown.slice(0, match.index).split("\n").length;
    const shape = shapeOf(lines.join("\n"));
    if (block === "" || shape === undefined) continue;
    const text = shape === "workflow" ? lines : [...AROUND_STEPS, ...lines.map((line) => `      ${line}`)];
    const lineShift = shape === "workflow" ? before : before - AROUND_STEPS.length;
    documents.push({ file, kind: "workflow", text: text.join("\n"), lineShift, whole: false });
  }
  return documents;
}
