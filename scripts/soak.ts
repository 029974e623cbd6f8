// npm run soak [-- <file filter or vitest option> ...]: the tests with their matrices run whole.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runCommand } from "./bundle/command-line.ts";
import { REPOSITORY } from "./bundle/repository.ts";
import { reportRun } from "./test/report.ts";
import { runTests } from "./test/run.ts";
import { describeMachine, soakReport } from "./test/soak-report.ts";

await runCommand(async (args) => {
  process.env["SOAK"] = "1";
  const run = await runTests(args);
  const { lines, ok } = reportRun(run.outcome, run.missing, process.env["CI"] === "true");
  // The report is of whole files: with an option, some of their tests may have been left out.
  if (args.every((arg) => !arg.startsWith("-"))) {
    const file = path.join(REPOSITORY, "docs/soak.md");
    const text = soakReport({
      ...{ outcome: run.outcome, date: new Date(), machine: describeMachine() },
      before: existsSync(file) ? readFileSync(file, "utf8") : "",
      isThere: (test) => existsSync(path.join(REPOSITORY, test)),
    });
    writeFileSync(file, text);
    console.log("\nWritten: docs/soak.md");
  }
  console.log(lines.join("\n"));
  process.exit(ok ? 0 : 1);
});
