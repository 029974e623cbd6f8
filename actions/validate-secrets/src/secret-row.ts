import type { Where } from "../../../shared/runtime/user-error.ts";
import { type KindName, kindOf } from "./kinds.ts";
import type { Declared, Manifest } from "./manifest.ts";
import { pairFindings } from "./pairs.ts";
import { ageVerdict, ruleFaults } from "./rules.ts";
import { shapeFaults } from "./shape.ts";
import { lengthClass, type Values } from "./values.ts";
import { gravest, type Verdict } from "./verdict.ts";

/** One thing that was found about a secret: by its form, or by a probe. */
export type Remark = {
  readonly verdict: Verdict;
  readonly why: string;
  readonly mend: string;
  /** The probe that found it. */
  readonly probe?: string;
};

/** What is known of one secret; everything the user sees of it is made of this. */
export type SecretRow = {
  readonly name: string;
  readonly kind: KindName;
  /** Where it must be there; empty for every environment. */
  readonly environments: readonly string[];
  readonly verdict: Verdict;
  readonly remarks: readonly Remark[];
  /** The probes that a service answered well. */
  readonly provenBy: readonly string[];
  readonly length: string | undefined;
  /** The command that sets it. */
  readonly command: string;
  readonly note: string | undefined;
  readonly link: string | undefined;
  /** True when its form lets a probe use it. */
  readonly usable: boolean;
  readonly where: Where;
};

export type JudgeFacts = {
  readonly manifest: Manifest;
  readonly environment: string | undefined;
  readonly values: Values;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** The secrets that count in an environment; all when none is given. */
export function secretsIn({ secrets }: Manifest, environment: string | undefined): readonly Declared[] {
  return secrets.filter(
    ({ environments }) =>
      environment === undefined || environments === undefined || environments.includes(environment),
  );
}

/** What presence, form, rules and dates say of a secret, before anybody is asked. Pure. */
export function judgeSecret(secret: Declared, facts: JudgeFacts): SecretRow {
  const { name, kind, rules, where } = secret;
  const { manifest, values, now } = facts;
  const value = values.get(name);
  const command = setCommand(secret, facts);
  const row = {
    ...{ name, kind, environments: secret.environments ?? [], provenBy: [], command, where },
    ...{ note: rules.note, link: rules.link },
  };
  if (value === undefined) {
    const remark: Remark =
      rules.optional === undefined
        ? { verdict: "missing", why: "it has no value", mend: "Set it, and hand it to the step." }
        : { verdict: "skipped", why: `it is optional: ${rules.optional}`, mend: "" };
    return { ...row, verdict: remark.verdict, remarks: [remark], length: undefined, usable: false };
  }
  const shape = shapeFaults(name, value, kind);
  const pairs = pairFindings(secret, manifest.secrets, values);
  const faults = [...shape, ...(shape.length > 0 ? [] : ruleFaults(secret, value)), ...pairs.faults];
  const age = ageVerdict(secret, now, manifest.warnDays);
  const base = command.replace(/^.*(?=gh secret set)/, "").replace(/ < .*$/, "");
  const remarks: Remark[] = [
    ...faults.map(({ why, mend }) => ({
      verdict: "malformed" as const,
      why,
      mend: mend.replace("gh secret set NAME", base).replace("gh secret set …", base),
    })),
    ...(age === undefined ? [] : [age]),
    ...pairs.notes.map((why) => ({ verdict: "valid" as const, why, mend: "" })),
  ];
  const verdict = gravest(remarks.map((remark) => remark.verdict));
  return { ...row, verdict, remarks, length: lengthClass(value), usable: shape.length === 0 };
}

/** The line with which the secret is set, for the environment that is looked at. */
function setCommand({ name, kind, environments }: Declared, { manifest, environment }: JudgeFacts): string {
  const { generate, multiline = false } = kindOf(kind);
  const target = environment ?? (environments?.length === 1 ? environments[0] : "<environment>");
  const set = `gh secret set ${name}${manifest.githubEnvironments ? ` --env ${target}` : ""}`;
  if (multiline) return `${set} < path/to/file`;
  return generate === undefined ? set : `${generate} | ${set}`;
}

/** The row with what the probes found about it. Pure. */
export function withFindings(
  row: SecretRow,
  found: readonly Remark[],
  provenBy: readonly string[],
): SecretRow {
  const remarks = [...row.remarks, ...found];
  return { ...row, remarks, provenBy, verdict: gravest(remarks.map(({ verdict }) => verdict)) };
}
