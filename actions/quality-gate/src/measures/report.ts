import type { Finding } from "./finding.ts";
import type { FileCoverage } from "./tally.ts";

/** What the formats are called, in a `format: glob` and in reports. */
export const FORMATS = [
  ...[
    "cobertura",
    "lcov",
    "jacoco",
    "coverage-py",
    "istanbul",
    "istanbul-summary",
    "go-cover",
    "junit",
    "sarif",
  ],
  ...["trivy", "bandit", "safety", "pip-audit", "npm-audit", "gitleaks", "locust", "k6"],
] as const;
export type Format = (typeof FORMATS)[number];

export type TestCase = {
  readonly suite: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly message?: string;
  readonly file?: string;
  readonly line?: number;
};

/** Numbers of one load test; times in milliseconds. */
export type Performance = {
  readonly requests: number;
  readonly failures?: number;
  /** Of how many requests the failures are, where not of all. */
  readonly judged?: number;
  readonly checks?: { readonly passed: number; readonly total: number };
  readonly times: { readonly [Name in "avg" | "p50" | "p90" | "p95" | "p99" | "max"]?: number };
  readonly rps?: number;
};

/** What a report holds, whatever tool wrote it. */
export type Content =
  | { readonly kind: "coverage"; readonly files: ReadonlyMap<string, FileCoverage> }
  | { readonly kind: "tests"; readonly cases: readonly TestCase[] }
  | { readonly kind: "security"; readonly findings: readonly Finding[] }
  | { readonly kind: "performance"; readonly performance: Performance }
  /** Belongs to another report of the same tool and has no numbers of its own. */
  | { readonly kind: "detail" };

/** A report that was read. `notes` say what the tool itself could not look at, and what the reader should know. */
export type Parsed = {
  readonly format: Format;
  readonly content: Content;
  readonly notes: readonly string[];
};

export type Report = Parsed & { readonly path: string };

/** Thrown by the readers for a report that proves nothing: not whole, not what its format says, or without a sample. */
export class ReportFault extends Error {
  override readonly name = "ReportFault";
  readonly hint: string;

  constructor(message: string, hint = "Look at the step that writes it.") {
    super(message);
    this.hint = hint;
  }
}
