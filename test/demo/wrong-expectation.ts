// Preloaded, it has the demo expect that a good deployment fails, and hands the secrets of the run to the test: in the
// folder that the page goes to, whose name is the last argument.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Chapter } from "../../scripts/demo/chapter.ts";
import { smokeTest } from "../../scripts/demo/chapters/smoke-test.ts";

const outDir = process.argv.at(-1) ?? "";
const { steps } = smokeTest;
const wrong: Pick<Chapter, "steps"> = {
  steps: async function* (stage) {
    for await (const step of steps(stage)) {
      mkdirSync(outDir, { recursive: true });
      writeFileSync(path.join(outDir, "secrets.json"), JSON.stringify(Object.values(step.secrets)));
      yield { ...step, expected: { conclusion: "failure", because: [/refused/] } };
      return;
    }
  },
};
Object.assign(smokeTest, wrong);
