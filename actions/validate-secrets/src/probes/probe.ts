import type { Agents } from "../../../../shared/http/route.ts";
import type { Clock } from "../../../../shared/runtime/clock.ts";
import type { ProbeConfig, ProbeKind } from "../probe-schema.ts";
import type { Verdict } from "../verdict.ts";

/** One thing that a probe found. */
export type Finding = {
  readonly verdict: Verdict;
  /** The keys of the probe whose values it is about. */
  readonly about: readonly string[];
  /** A phrase without a full stop. */
  readonly why: string;
  readonly mend: string;
};

/** What a probe found out: nothing wrong when there are no findings. */
export type ProbeAnswer = {
  readonly findings: readonly Finding[];
  /** What was seen, in one line for people. */
  readonly seen: string;
  /** Facts for the report, such as the name of the account. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
};

export type ProbeContext = {
  readonly agents: Agents;
  /** PEM certificates of an authority of the user's own, for TLS without `agents`. */
  readonly ca: string | undefined;
  readonly clock: Clock;
  /** Aborts at the probe's deadline and when the run is cancelled. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly warnDays: number;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Masks what an answer brought (an access token, say). */
  readonly addSecret: (value: string) => void;
  /** Does something at most once a run, however many probes ask for it. */
  readonly once: <T>(key: string, work: () => Promise<T>) => Promise<T>;
  /** The ssh probe of that name, its secrets filled in; undefined when one of them has no value that can be used. */
  readonly hop: (name: string) => Filled<"ssh"> | undefined;
};

/** A probe's config with the secrets in the place of their names. */
export type Filled<Kind extends ProbeKind> = Extract<ProbeConfig, { kind: Kind }>;

/** Tries some secrets, and changes nothing. Throws {@link NoVerdict} when nobody can tell, the signal's reason, or a bug. */
export type Probe<Kind extends ProbeKind> = (
  config: Filled<Kind>,
  context: ProbeContext,
) => Promise<ProbeAnswer>;

/** Nobody who could judge the secret was reached, or what answered did not say. It never speaks against a secret. */
export class NoVerdict extends Error {
  override readonly name = "NoVerdict";
  readonly mend: string;

  /** `why` is a phrase without a full stop. */
  constructor(why: string, mend: string, options?: ErrorOptions) {
    super(why, options);
    this.mend = mend;
  }
}

/** All is well. */
export function accepted(seen: string, details?: ProbeAnswer["details"]): ProbeAnswer {
  return { findings: [], seen, ...(details === undefined ? {} : { details }) };
}

/** One thing is wrong. */
export function refused(
  verdict: Verdict,
  about: readonly string[],
  why: string,
  mend: string,
  details?: ProbeAnswer["details"],
): ProbeAnswer {
  return {
    findings: [{ verdict, about, why, mend }],
    seen: why,
    ...(details === undefined ? {} : { details }),
  };
}
