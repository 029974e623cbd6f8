import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { IMAGE_SCRIPTS } from "./image.ts";

/** What the scanners of one run have found: names of reports that the real ones wrote, or none where one broke off. */
export type Found = {
  readonly gitleaks?: string;
  readonly "pip-audit"?: string;
  readonly bandit?: string;
  readonly trivy?: string;
};

export const CLEAN: Found = {
  gitleaks: "gitleaks-clean.json",
  "pip-audit": "pip-audit-clean.json",
  bandit: "bandit-clean.json",
  trivy: "empty-trivy.json",
};

/** The scanner of files that security.yml names, or image.yml, which scans what it built. */
export const SCANNER_SCRIPTS = {
  "aquasecurity/trivy-action": `const { FOUND, REPORTS_OF, INPUT_OUTPUT } = process.env;
if (FOUND === undefined) {
  ${IMAGE_SCRIPTS["aquasecurity/trivy-action"]}
} else {
  const report = JSON.parse(FOUND).trivy;
  if (report) require("node:fs").copyFileSync(REPORTS_OF + "/" + report, INPUT_OUTPUT);
}`,
};

/** Copies the report of `name` to the file that follows `option`, and ends as the tool does: it broke off with `1`. */
const scanner = (name: string, option: string, found: number): string => `#!/usr/bin/env node
const { copyFileSync } = require("node:fs");
const report = JSON.parse(process.env.FOUND)["${name}"];
const at = process.argv.indexOf("${option}");
if (at < 0) throw new Error("asked for no report: " + process.argv.join(" "));
if (report) copyFileSync(process.env.REPORTS_OF + "/" + report, process.argv[at + 1]);
process.exitCode = !report ? 1 : report.includes("clean") ? 0 : ${found};
`;

// What `python -m venv` makes of the folder it is given, which pip would then fill with the scanners.
const PYTHON = `#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin" && cp "$SCANNERS"/* "$3/bin/"
elif [ "$1" = "-c" ]; then
  echo /site-packages
fi
`;

/** Variables for a run in which these stand for Go, Python, pip and what security.yml gets with them. */
export function scannersThat(found: Found): Record<string, string> {
  const folder = makeTempDir("scanners").path;
  const put = (name: string, script: string): void => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, script);
    chmodSync(file, 0o755);
  };
  put("go/go", scanner("gitleaks", "--report-path", 0));
  put("python/python", PYTHON);
  put("venv/pip", "#!/bin/sh\n");
  put("venv/pip-audit", scanner("pip-audit", "--output", 1));
  put("venv/bandit", scanner("bandit", "--output", 0));
  return {
    ...{ GO_FOLDER: path.join(folder, "go"), PYTHON_FOLDER: path.join(folder, "python") },
    SCANNERS: path.join(folder, "venv"),
    ...{ REPORTS_OF: path.join(REPOSITORY, "test/fixtures/quality-gate"), FOUND: JSON.stringify(found) },
  };
}
