import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { openAgents } from "../../../shared/http/route.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { nearest } from "../../../shared/runtime/nearest.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { Redactor } from "../../../shared/runtime/redactor.ts";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { withheldSecrets } from "./fork.ts";
import type { Inputs } from "./inputs.ts";
import { kindOf } from "./kinds.ts";
import { logLine, probeLogLine } from "./log-line.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { outcomeOf, skippedOutcome, writtenOutcome } from "./outcome.ts";
import { answered, joinRows, obstacle, type ProbeRow, probesIn, untried } from "./probe-row.ts";
import { type ProbeRun, runProbe } from "./run-probe.ts";
import { compareWithWorkflows } from "./scan.ts";
import { judgeSecret, type SecretRow, secretsIn } from "./secret-row.ts";
import { starterManifest } from "./starter.ts";
import { readValues, type Values } from "./values.ts";
import { findWorkflowSecrets } from "./workflow-secrets.ts";

const WORKFLOWS = ".github/workflows";

/** The action: reads the manifest, judges the values, asks the services, and says what came of it. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, log, env } = runtime;
  const started = clock.monotonic();
  if (inputs.init) return init(inputs);
  const manifest = await loadManifest(inputs.config);
  checkEnvironment(manifest, inputs.environment);
  const scan =
    inputs.workflows === undefined
      ? undefined
      : compareWithWorkflows(manifest, await findWorkflowSecrets(inputs.workflows));
  const names = manifest.secrets.map(({ name }) => name);
  const values = readValues(names, env, inputs.secrets);
  const withheld = values.size === 0 ? await withheldSecrets(env) : undefined;
  if (withheld !== undefined) return skippedOutcome(withheld, names.length, scan);

  const known = maskValues(manifest, values, runtime);
  const facts = { manifest, environment: inputs.environment, values, now: clock.now() };
  const rows = secretsIn(manifest, inputs.environment).map((secret) => judgeSecret(secret, facts));
  if (rows.length === 0) throw nothingToDo(inputs);
  const probes = inputs.probe ? await tryProbes(manifest, rows, values, inputs, runtime, started) : [];
  const shown = probes.map((probe) => withoutValues(probe, known));
  const joined = joinRows(rows, shown);
  for (const row of joined) log.info(logLine(row));
  for (const probe of shown) log.info(probeLogLine(probe));
  const { failOn, failOnUnknown, environment, probe } = inputs;
  const durationMs = clock.monotonic() - started;
  const policy = { failOn, failOnUnknown };
  return outcomeOf({ secrets: joined, probes: shown, scan, environment, probed: probe, durationMs }, policy);
}

async function loadManifest(file: string): Promise<Manifest> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError(`input config: the manifest ${file} cannot be read.`, {
      hint: "Run actions/checkout first and check the path; init: true writes a first one.",
      where: { input: "config" },
      cause,
    });
  });
  return readManifest(text, file);
}

function checkEnvironment({ environments, file }: Manifest, environment: string | undefined): void {
  if (environment === undefined || environments.includes(environment)) return;
  const near = nearest(environment, environments);
  const known =
    environments.length === 0 ? `${file} names none.` : `${file} names ${environments.join(", ")}.`;
  throwProblems([
    new UserError(`input environment: ${environment} is not among the environments of the manifest.`, {
      hint: near === undefined ? known : `Did you mean ${near}? ${known}`,
      where: { input: "environment" },
    }),
  ]);
}

function nothingToDo({ environment, config }: Inputs): UserError {
  return new UserError(
    `No secret of ${config} belongs to the environment ${environment}: nothing was checked.`,
    {
      hint: "Check required in the manifest.",
    },
  );
}

/**
 * Masks what is a credential, before anything uses it. What is none (a host, a user) is taken out of what probes tell, and
 * not out of everything: a user called postgres would take the word with him.
 */
function maskValues({ secrets }: Manifest, values: Values, { addSecret }: Runtime): Redactor {
  const known = new Redactor();
  for (const { name, kind } of secrets) {
    const value = values.get(name);
    if (value === undefined) continue;
    known.add(value);
    if (kindOf(kind).credential || kind === "text") addSecret(value);
  }
  return known;
}

function withoutValues(probe: ProbeRow, known: Redactor): ProbeRow {
  return {
    ...probe,
    seen: known.redact(probe.seen),
    details: known.redactDeep(probe.details) as ProbeRow["details"],
    findings: probe.findings.map((finding) => ({
      ...finding,
      why: known.redact(finding.why),
      mend: known.redact(finding.mend),
    })),
  };
}

// What publishing the report may take of the action's timeout.
const RESERVE_MS = 2_000;

async function tryProbes(
  manifest: Manifest,
  rows: readonly SecretRow[],
  values: Values,
  inputs: Inputs,
  runtime: Runtime,
  started: number,
): Promise<readonly ProbeRow[]> {
  const { clock, log, signal, env, addSecret } = runtime;
  const agents = openAgents({
    keepAlive: true,
    proxyEnv: env,
    ...(manifest.ca === undefined ? {} : { ca: await readAuthority(manifest.ca) }),
  });
  runtime.defer("connections", () => {
    agents.http.destroy();
    agents.https.destroy();
  });
  const asked = new Map<string, Promise<unknown>>();
  const shared: ProbeRun = {
    ...{ agents, clock, signal, env, values, addSecret },
    ca: manifest.ca === undefined ? undefined : await readAuthority(manifest.ca),
    deadline: started + inputs.timeout - Math.min(RESERVE_MS, inputs.timeout * 0.2),
    warnDays: manifest.warnDays,
    probes: manifest.probes,
    once: <T>(key: string, work: () => Promise<T>): Promise<T> => {
      const before = asked.get(key);
      if (before !== undefined) return before as Promise<T>;
      const now = work();
      asked.set(key, now);
      return now;
    },
  };
  const selected = probesIn(manifest, inputs.environment);
  let done = 0;
  const stopProgress = log.progress(() => `${done} of ${selected.length} probes have answered`);
  try {
    return await Promise.all(
      selected.map(async (probe) => {
        const why = obstacle(probe, rows);
        const begun = clock.monotonic();
        const row =
          why === undefined
            ? answered(probe, await runProbe(probe, shared), clock.monotonic() - begun)
            : untried(probe, why);
        done += 1;
        return row;
      }),
    );
  } finally {
    stopProgress();
  }
}

async function readAuthority(file: string): Promise<string> {
  const pem = await readFile(file, "utf8").catch(() => "");
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  throw new UserError(`ca: ${file} is no PEM file of certificates.`, {
    hint: "Give the path of a file in the workspace that has a line -----BEGIN CERTIFICATE-----.",
  });
}

/** Writes the first manifest, and never over one that is there. */
async function init({ config, workflows = WORKFLOWS }: Inputs): Promise<Outcome> {
  const { uses, unreadable } = await findWorkflowSecrets(workflows);
  if (uses.length === 0) {
    throw new UserError(`No workflow in ${workflows} uses a secret: there is nothing to write.`, {
      hint: "The repository of the actions has manifests for common cases, in examples/manifests.",
    });
  }
  const text = starterManifest(uses);
  await mkdir(path.dirname(config), { recursive: true });
  await writeFile(config, text, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
    const there = cause.code === "EEXIST";
    throw new UserError(
      `${config} ${there ? "is there already, and was not touched" : "cannot be written"}.`,
      {
        hint: there
          ? "Take the file away, or give another path as config."
          : "Check the path and its permissions.",
        where: { input: "config" },
        cause,
      },
    );
  });
  return writtenOutcome(config, text, unreadable);
}
