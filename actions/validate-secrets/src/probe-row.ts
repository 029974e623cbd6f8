import type { Where } from "../../../shared/runtime/user-error.ts";
import type { DeclaredProbe, Manifest } from "./manifest.ts";
import { isDispensable, type ProbeKind } from "./probe-schema.ts";
import type { ProbeAnswer } from "./probes/probe.ts";
import { type Remark, type SecretRow, withFindings } from "./secret-row.ts";
import { gravest, type Verdict } from "./verdict.ts";

/** What came of one probe. */
export type ProbeRow = {
  readonly name: string;
  readonly kind: ProbeKind;
  readonly environments: readonly string[];
  readonly verdict: Verdict;
  /** What was seen, or why it was not tried. */
  readonly seen: string;
  readonly findings: readonly (Remark & { readonly secrets: readonly string[] })[];
  readonly secrets: readonly string[];
  readonly details: NonNullable<ProbeAnswer["details"]>;
  readonly durationMs: number;
  readonly where: Where;
};

/** The probes that run in an environment; all when none is given. */
export function probesIn({ probes }: Manifest, environment: string | undefined): readonly DeclaredProbe[] {
  return probes.filter(
    ({ config }) => environment === undefined || config.for === undefined || config.for.includes(environment),
  );
}

/** Why a probe cannot be tried with the secrets as they are; undefined when it can. Pure. */
export function obstacle(probe: DeclaredProbe, rows: readonly SecretRow[]): string | undefined {
  const reasons = [...probe.references].flatMap(([key, name]) => {
    const row = rows.find((each) => each.name === name);
    if (row === undefined) return [`${name} is not needed here`];
    if (row.usable || (row.verdict === "skipped" && isDispensable(key))) return [];
    return [row.length === undefined ? `${name} has no value` : `${name} is malformed`];
  });
  return reasons.length === 0 ? undefined : `not tried: ${[...new Set(reasons)].join(", ")}`;
}

/** The row of a probe that was not tried. */
export function untried(probe: DeclaredProbe, why: string): ProbeRow {
  return { ...rowOf(probe), verdict: "skipped", seen: why, findings: [], details: {}, durationMs: 0 };
}

/** The row of a probe that has answered. Pure. */
export function answered(probe: DeclaredProbe, answer: ProbeAnswer, durationMs: number): ProbeRow {
  const findings = answer.findings.map(({ verdict, about, why, mend }) => ({
    ...{ verdict, why, mend, probe: probe.name },
    secrets: [...new Set(about.flatMap((key) => probe.references.get(key) ?? []))],
  }));
  const verdict = gravest(findings.map((finding) => finding.verdict));
  return { ...rowOf(probe), verdict, seen: answer.seen, findings, details: answer.details ?? {}, durationMs };
}

function rowOf({ name, config, references, where }: DeclaredProbe) {
  const secrets = [...new Set(references.values())];
  return { name, kind: config.kind, environments: config.for ?? [], secrets, where };
}

/** The secrets with what the probes say of them. Pure. */
export function joinRows(secrets: readonly SecretRow[], probes: readonly ProbeRow[]): readonly SecretRow[] {
  return secrets.map((row) => {
    const found = probes.flatMap(({ findings }) =>
      findings.filter((each) => each.secrets.includes(row.name)),
    );
    const remarks = found.map(({ verdict, why, mend, probe }) => ({
      ...{ verdict, why, mend },
      ...(probe === undefined ? {} : { probe }),
    }));
    const provenBy = probes
      .filter(
        ({ verdict, secrets: used }) =>
          used.includes(row.name) && verdict !== "skipped" && verdict !== "unknown",
      )
      .filter(({ findings }) => !findings.some((each) => each.secrets.includes(row.name)))
      .filter(({ verdict }) => verdict === "valid" || verdict === "expiring")
      .map(({ name }) => name);
    return withFindings(row, remarks, provenBy);
  });
}
