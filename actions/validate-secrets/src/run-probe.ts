import type { Agents } from "../../../shared/http/route.ts";
import type { Clock } from "../../../shared/runtime/clock.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { DeclaredProbe } from "./manifest.ts";
import { isDispensable, type ProbeConfig } from "./probe-schema.ts";
import { probeAws } from "./probes/aws.ts";
import { probeCommand } from "./probes/command.ts";
import { probeDiscord } from "./probes/discord.ts";
import { probeGithub } from "./probes/github.ts";
import { probeHttp } from "./probes/http.ts";
import { probePostgres, roleNameOf } from "./probes/postgres.ts";
import { type Filled, NoVerdict, type ProbeAnswer, type ProbeContext } from "./probes/probe.ts";
import { probeS3 } from "./probes/s3.ts";
import { probeSlack } from "./probes/slack.ts";
import { probeSmtp } from "./probes/smtp.ts";
import { probeSsh } from "./probes/ssh.ts";
import { probeTelegram } from "./probes/telegram.ts";
import { probeZoho } from "./probes/zoho.ts";
import type { Values } from "./values.ts";

/** What all probes of a run share. */
export type ProbeRun = {
  readonly agents: Agents;
  readonly ca: string | undefined;
  readonly clock: Clock;
  /** Aborts when the run is cancelled or over. */
  readonly signal: AbortSignal;
  /** On the monotonic clock: when every probe must be done. */
  readonly deadline: number;
  readonly warnDays: number;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly values: Values;
  /** Probes by name, for those that others go through. */
  readonly probes: readonly DeclaredProbe[];
  readonly addSecret: (value: string) => void;
  readonly once: ProbeContext["once"];
};

const DEFAULT_TIMEOUT_MS = 15_000;

/**
 * Tries one probe within its timeout and the deadline. What keeps it from a verdict is a finding, `unknown`; rejects with
 * the signal's reason only, or for a bug.
 */
export async function runProbe(probe: DeclaredProbe, run: ProbeRun): Promise<ProbeAnswer> {
  const { clock, deadline, signal } = run;
  const left = Math.floor(deadline - clock.monotonic());
  const timeoutMs = Math.max(1, Math.min(probe.config.timeout ?? DEFAULT_TIMEOUT_MS, left));
  // A controller of our own: the signal of AbortSignal.timeout would be unreferenced and could go unnoticed.
  const over = new AbortController();
  const late = new NoVerdict(
    `no answer within ${formatDuration(timeoutMs)}`,
    "Raise timeout if the service is slow by nature.",
  );
  const timer = setTimeout(() => over.abort(late), timeoutMs);
  const either = AbortSignal.any([signal, over.signal]);
  try {
    const work = attempt(probe, run.values, { ...contextOf(run), signal: either, timeoutMs });
    // A program is waited for after an abort, too: it gets 3 s to end by itself, and must not outlive us with its secrets.
    if (probe.config.kind === "command") return await work;
    // Raced, so that what does not hear the signal cannot hold up the others.
    return await Promise.race([work, rejection(either)]);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NoVerdict)) throw error;
    const about = [...probe.references.keys()];
    return {
      findings: [{ verdict: "unknown", about, why: error.message, mend: error.mend }],
      seen: error.message,
    };
  } finally {
    clearTimeout(timer);
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function contextOf(run: ProbeRun): Omit<ProbeContext, "signal" | "timeoutMs"> {
  const { agents, ca, clock, warnDays, env, addSecret, once, probes, values } = run;
  const hop = (name: string): Filled<"ssh"> | undefined => {
    const probe = probes.find((each) => each.name === name);
    if (probe === undefined) return undefined;
    const lacks = [...probe.references].some(([key, secret]) => !values.has(secret) && !isDispensable(key));
    if (lacks) return undefined;
    const filled = fill(probe, values);
    return filled.kind === "ssh" ? filled : undefined;
  };
  return { agents, ca, clock, warnDays, env, addSecret, once, hop };
}

function attempt(probe: DeclaredProbe, values: Values, context: ProbeContext): Promise<ProbeAnswer> {
  const config = fill(probe, values);
  switch (config.kind) {
    case "postgres":
      return probePostgres(config, context, roleNameOf(probe.config as Filled<"postgres">));
    case "ssh":
      return probeSsh(config, context);
    case "telegram":
      return probeTelegram(config, context);
    case "slack":
      return probeSlack(config, context);
    case "discord":
      return probeDiscord(config, context);
    case "aws":
      return probeAws(config, context);
    case "s3":
      return probeS3(config, context);
    case "github":
      return probeGithub(config, context);
    case "zoho":
      return probeZoho(config, context);
    case "smtp":
      return probeSmtp(config, context);
    case "http":
      return probeHttp(config, context);
    case "command":
      return probeCommand(
        config,
        context,
        new Map(config.secrets.map((name) => [name, values.get(name) ?? ""])),
      );
  }
}

/** The config with the value of each secret in the place of its name, and without the keys whose secret is absent. */
function fill({ config, references }: DeclaredProbe, values: Values): ProbeConfig {
  if (config.kind === "command") return config;
  const filled = Object.entries(config).flatMap(([key, value]) => {
    const name = references.get(key);
    if (name === undefined) return [[key, value]];
    return values.has(name) ? [[key, values.get(name)]] : [];
  });
  return Object.fromEntries(filled) as ProbeConfig;
}
