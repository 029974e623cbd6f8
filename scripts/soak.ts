// npm run soak [-- <file filter or vitest option> ...]: the tests with their matrices run whole.
import { writeFileSync } from "node:fs";
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
  // The report is of whole runs only: a filtered one would overwrite the last with less.
  if (args.length === 0) {
    const text = soakReport({ ...run, date: new Date(), machine: describeMachine() });
    writeFileSync(path.join(REPOSITORY, "docs/soak.md"), text);
    console.log("\nWritten: docs/soak.md");
  }
  console.log(lines.join("\n"));
  process.exit(ok ? 0 : 1);
});
