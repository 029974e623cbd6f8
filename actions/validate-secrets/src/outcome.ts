import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { codeBlock, heading, paragraph, plain } from "../../../shared/runtime/summary.ts";
import type { ProbeRow } from "./probe-row.ts";
import type { Scan } from "./scan.ts";
import type { SecretRow } from "./secret-row.ts";
import { scanSections, summaryOf } from "./summary.ts";
import { type Failing, isBad, VERDICTS, type Verdict } from "./verdict.ts";
import type { WorkflowSecrets } from "./workflow-secrets.ts";

export type Results = {
  readonly secrets: readonly SecretRow[];
  readonly probes: readonly ProbeRow[];
  readonly scan: Scan | undefined;
  readonly environment: string | undefined;
  /** Whether the services were asked at all. */
  readonly probed: boolean;
  readonly durationMs: number;
};

export type Policy = { readonly failOn: readonly Failing[]; readonly failOnUnknown: boolean };

/** One cause: what is wrong with one secret, or with those that a probe tried together. */
type Cause = {
  readonly title: string;
  readonly verdict: Verdict;
  readonly message: string;
  readonly hint: string;
  readonly where: SecretRow["where"];
};

/** Everything the user sees of a finished run, out of its results. Pure. */
export function outcomeOf(results: Results, policy: Policy): Outcome {
  const { secrets, probes, scan } = results;
  const causes = [...secrets.flatMap(causesOfSecret), ...probes.flatMap(causesOfProbe)];
  const fails = ({ verdict }: Cause): boolean =>
    verdict === "unknown" ? policy.failOnUnknown : policy.failOn.some((each) => each === verdict);
  const failures: Failure[] = causes
    .filter(fails)
    .map(({ title, message, hint, where }) => ({ title, message, hint, where }));
  const result = resultOf(causes);
  const warnings = causes
    .filter((cause) => !fails(cause))
    .map(({ title, message, hint, where }) => ({
      ...{ level: "warning" as const, title, message: `${message} ${hint}`.trim(), where },
    }));
  return {
    result,
    failures,
    annotations: [...warnings, ...scanAnnotations(scan)],
    outputs: outputsOf(results, result),
    summary: summaryOf(results, result, failures.length > 0),
    details: {
      environment: results.environment,
      counts: countsOf(secrets),
      secrets: secrets.map(secretDetails),
      probes: probes.map(probeDetails),
      workflows: scan,
    },
  };
}

function resultOf(causes: readonly Cause[]): "valid" | "invalid" | "unknown" {
  if (causes.some(({ verdict }) => isBad(verdict))) return "invalid";
  return causes.some(({ verdict }) => verdict === "unknown") ? "unknown" : "valid";
}

/** What is wrong with a secret by itself; what a probe says of it is told with the probe. */
function causesOfSecret({ name, remarks, command, note, link, where }: SecretRow): Cause[] {
  return remarks
    .filter(({ verdict, probe }) => probe === undefined && (isBad(verdict) || verdict === "expiring"))
    .map(({ verdict, why, mend }) => ({
      ...{ title: `${name}: ${verdict}`, verdict, where },
      message: `${name} is ${verdict}: ${why}.`,
      hint: [mend, `Run: ${command}`, note === undefined ? "" : `Note: ${note}.`, link ?? ""]
        .filter(Boolean)
        .join(" "),
    }));
}

function causesOfProbe({ name, findings, where }: ProbeRow): Cause[] {
  return findings
    .filter(({ verdict }) => verdict !== "valid" && verdict !== "skipped")
    .map(({ verdict, why, mend, secrets }) => ({
      ...{ title: `${secrets.join(", ") || name}: ${verdict}`, verdict, where, hint: mend },
      message: `Probe ${name}: ${why}.${secrets.length === 0 ? "" : ` It is about ${secrets.join(", ")}.`}`,
    }));
}

function scanAnnotations(scan: Scan | undefined): Annotation[] {
  const unlisted = (scan?.unlisted ?? []).map(({ name, file, line }) => ({
    ...{ level: "warning" as const, title: `${name}: not in the manifest`, where: { file, line } },
    message: `A workflow uses ${name}, which the manifest lacks. Add it under secrets.`,
  }));
  const unreadable = (scan?.unreadable ?? []).map(({ file, why }) => ({
    ...{ level: "warning" as const, title: "workflow not read", where: { file } },
    message: `${file} was not looked at: ${why}`,
  }));
  return [...unlisted, ...unreadable];
}

function outputsOf({ secrets, probes }: Results, result: string): Outcome["outputs"] {
  // A probe is named only where what it found is not about a secret.
  const strays = probes.filter(({ findings }) => findings.some((finding) => finding.secrets.length === 0));
  const names = (wanted: (verdict: Verdict) => boolean): string =>
    [...secrets, ...strays]
      .filter(({ verdict }) => wanted(verdict))
      .map(({ name }) => name)
      .join(",");
  return {
    valid: result === "valid",
    missing: names((verdict) => verdict === "missing"),
    invalid: names((verdict) => isBad(verdict) && verdict !== "missing"),
    expiring: names((verdict) => verdict === "expiring"),
    unknown: names((verdict) => verdict === "unknown"),
  };
}

function countsOf(secrets: readonly SecretRow[]): Record<Verdict, number> {
  const count = (verdict: Verdict): number => secrets.filter((row) => row.verdict === verdict).length;
  return Object.fromEntries(VERDICTS.map((verdict) => [verdict, count(verdict)])) as Record<Verdict, number>;
}

function secretDetails({ usable: _, where: __, ...row }: SecretRow): Record<string, unknown> {
  return row;
}

function probeDetails({ where: _, ...row }: ProbeRow): Record<string, unknown> {
  return row;
}

/** The outcome where GitHub withholds the secrets: nothing was checked, and nothing can be held against anybody. */
export function skippedOutcome(why: string, count: number, scan: Scan | undefined): Outcome {
  const message = `${count} secret${count === 1 ? " was" : "s were"} not checked: GitHub hands no secrets to ${why}.`;
  return {
    result: "skipped",
    failures: [],
    annotations: [{ level: "notice", title: "validate-secrets: skipped", message }, ...scanAnnotations(scan)],
    outputs: { valid: false, missing: "", invalid: "", expiring: "", unknown: "" },
    summary: [heading(3, "⏭️ Secrets not checked"), paragraph(plain(message)), ...scanSections(scan)],
    details: { workflows: scan },
  };
}

/** The outcome of `init`. */
export function writtenOutcome(
  file: string,
  text: string,
  unreadable: WorkflowSecrets["unreadable"],
): Outcome {
  const warnings = unreadable.map((each) => ({
    ...{ level: "warning" as const, title: "workflow not read", where: { file: each.file } },
    message: `${each.file} was not looked at: ${each.why}`,
  }));
  const message = `Written: ${file}. Check every line of it: kinds and environments are guesses.`;
  return {
    result: "written",
    failures: [],
    annotations: [{ level: "notice", title: "validate-secrets: manifest written", message }, ...warnings],
    outputs: { valid: false, missing: "", invalid: "", expiring: "", unknown: "" },
    summary: [heading(3, "📝 Manifest written"), paragraph(plain(message)), codeBlock(text, "yaml")],
    details: {},
  };
}
