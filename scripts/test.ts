// npm test [-- <file filter or vitest option> ...]
import { runCommand } from "./bundle/command-line.ts";
import { partsOnAsking } from "./system/parts.ts";
import { countsLine } from "./test/outcome.ts";
import { reportRun } from "./test/report.ts";
import { runTests } from "./test/run.ts";

await runCommand(async (args) => {
  const { outcome, missing } = await runTests(args);
  const { lines, ok } = reportRun(outcome, missing, process.env["CI"] === "true", partsOnAsking);
  console.log(lines.join("\n"));
  // Not left to the event loop: nothing may be printed after the counts, and nothing may hold the run open.
  process.exit(ok ? 0 : 1);
});

// Only a run that broke down comes here, a failed build for one.
console.log(countsLine({ passed: 0, failed: 1, skipped: 0 }));
