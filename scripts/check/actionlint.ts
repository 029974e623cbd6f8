import path from "node:path";
import { runChild } from "../bundle/child.ts";
import type { Check } from "./check.ts";
import { workflowDocuments } from "./workflow-documents.ts";

export type ActionlintProblem = { readonly message: string; readonly line: number };

/** What version 1.7.7 takes for mistakes because it came later. The language service knows, and checks, all of them. */
const FALSE_ALARMS = [
  /^unknown permission scope "(artifact-metadata|models)"/,
  /^unexpected key "queue" for "concurrency" section/,
  /^unexpected key "deployment" for "environment" section/,
  /^property "workflow_(file_path|ref|repository|sha)" is not defined in object type \{container:/, // of `job`
  /^specifying action "\$\//, // `uses: $/path`: this repository at this commit (runner 2.336.0)
];

/** rhysd/actionlint 1.7.7, which finds other mistakes than the language service does. */
export const actionlint: Check = {
  name: "workflows (actionlint)",
  mend: "mend the workflow, or the example in the README",
  find: async (root) => {
    const documents = (await workflowDocuments(root)).filter(({ kind }) => kind === "workflow");
    // In a process of its own: the WebAssembly build writes to the global object and never ends.
    const script = path.join(import.meta.dirname, "actionlint-child.ts");
    const child = await runChild(
      process.execPath,
      ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", script],
      {
        cwd: root,
        input: JSON.stringify(documents.map(({ text }) => text)),
      },
    );
    if (child.code !== 0) return { problems: [`actionlint failed:\n${child.stderr.trim()}`] };
    const found: ActionlintProblem[][] = JSON.parse(child.stdout);
    const problems = documents.flatMap(({ file, lineShift }, index) =>
      (found[index] ?? [])
        .filter(({ message }) => !FALSE_ALARMS.some((alarm) => alarm.test(message)))
        .map(({ message, line }) => `${file}:${line + lineShift}: ${message}`),
    );
    return { problems };
  },
};
