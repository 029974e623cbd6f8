import { readFile, writeFile } from "node:fs/promises";
import { describeAddress } from "../../../shared/postgres/address.ts";
import { compareCatalogs } from "../../../shared/postgres/catalog/compare.ts";
import type { Difference } from "../../../shared/postgres/catalog/difference.ts";
import type { Catalog } from "../../../shared/postgres/catalog/model.ts";
import { foldRoots } from "../../../shared/postgres/catalog/roots.ts";
import { isSnapshot, writeSnapshot } from "../../../shared/postgres/catalog/snapshot.ts";
import { readDatabaseAddress } from "../../../shared/postgres/inputs.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { failuresOf, type Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { connectSsh } from "../../../shared/ssh/connect.ts";
import { readSshTarget } from "../../../shared/ssh/inputs.ts";
import { applyPolicy, speakingFor } from "./apply-policy.ts";
import type { Baseline } from "./baseline/baseline.ts";
import { refuseOtherVersion } from "./baseline/migrations.ts";
import { openBaseline } from "./baseline/open-baseline.ts";
import { type Comparable, comparableWithScratch } from "./comparable.ts";
import { type Database, databaseAt, type Limits, type Reading } from "./database.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Inputs } from "./inputs.ts";
import { judge } from "./judge.ts";
import { notComparedIn } from "./not-compared.ts";
import { logLine, outcomeOf, writtenOutcome } from "./outcome.ts";
import { countPartitions, withoutPartitions } from "./partitions.ts";
import { readPolicy } from "./policy.ts";
import { type Preset, presets } from "./presets.ts";
import { refuseDuringMigration, refuseMoving, writersOf } from "./race.ts";
import { pairRenames } from "./renames.ts";
import { decide } from "./reparse/decide.ts";
import type { Results } from "./results.ts";
import { countObjects, refuseEmptyBaseline, refuseNoSchema, scopeOf } from "./scope.ts";
import { scratchFor } from "./scratch.ts";
import { addressOf, readSource, type Source } from "./source.ts";
import { keepIssue } from "./sticky-issue.ts";

/** The action: reads what is and what should be, compares, and says what came of it. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const started = runtime.clock.monotonic();
  const policy = await readPolicy(inputs);
  const source = readSource(inputs);
  const target = await openTarget(inputs, runtime);
  if (inputs.updateBaseline) return update(inputs, target, presetOf(inputs));

  const limits = limitsOf(inputs);
  const scratchUrl =
    inputs.scratchUrl === undefined ? undefined : addressOf(inputs.scratchUrl, "scratch-url");
  const reach = source.kind === "command" ? "tcp" : "socket";
  const scratch = scratchFor(target, scratchUrl, reach, runtime);
  const preset = source.kind === "command" ? source.preset : presetOf(inputs);
  await refuseDuringMigration(target, preset);
  const [baseline, reading] = await bothEnded(
    openBaseline(source, { target, scratch, limits, runtime }),
    target.read(),
  );
  refuseNoSchema(policy, [baseline.catalog, reading.catalog]);
  const scope = scopeOf(policy, source.kind === "command" ? preset : undefined);
  refuseEmptyBaseline(policy, scope, baseline.catalog);
  const compared = async (actual: Catalog): Promise<Compared> => {
    const sides = sidesOf(baseline, actual);
    const found = withoutPartitions(
      compareCatalogs(sides.expected, sides.actual, scope),
      sides,
      policy.partitions,
    );
    const { differences } = await decide(found, sides, { scratch, whole: baseline.scratch, limits, runtime });
    return { actual, sides, differences };
  };
  const { actual, sides, differences } = await settled(await compared(reading.catalog), compared, {
    target,
    preset,
    source,
    reading,
    baseline,
    limits,
  });
  const { roots, findings: counted } = countPartitions(
    foldRoots(pairRenames(differences), sides, speakingFor(policy, today(runtime))),
    sides,
    policy.partitions,
  );
  const findings = [...roots.map(judge), ...counted];
  const judged = applyPolicy(findings, policy, today(runtime));
  const results: Results = {
    ...judged,
    environment: inputs.environment,
    target: { database: target.shown, server: actual.server.full },
    baseline: baseline.facts,
    objects: countObjects(actual),
    policy,
    notCompared: [...sides.notes, ...notComparedIn(sides)],
    pending: baseline.pending,
    fingerprint: fingerprintOf(judged.findings),
    durationMs: runtime.clock.monotonic() - started,
  };
  for (const finding of results.findings) runtime.log.info(logLine(finding));
  const outcome = outcomeOf(results);
  if (!inputs.issue) return outcome;
  try {
    await keepIssue(results, inputs, runtime);
    return outcome;
  } catch (error) {
    // The verdict stands; that nobody is told of it is a failure of its own.
    if (!(error instanceof UserError)) throw error;
    return { ...outcome, failures: [...outcome.failures, ...failuresOf("schema-drift", error)] };
  }
}

/** What both give; a failure is told once neither is at work any more, which would outlive the clean-up. */
async function bothEnded<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

type Compared = {
  readonly actual: Catalog;
  readonly sides: Comparable;
  readonly differences: readonly Difference[];
};

type Settling = {
  readonly target: Database;
  readonly preset: Preset | undefined;
  readonly source: Source;
  readonly reading: Reading;
  readonly baseline: Baseline;
  readonly limits: Limits;
};

/**
 * What is still different once nobody is at work: where anything was written since the schema was read, it is read once
 * more. Throws a UserError where a deployment is under way.
 */
async function settled(
  first: Compared,
  compared: (actual: Catalog) => Promise<Compared>,
  { target, preset, source, reading, baseline, limits }: Settling,
): Promise<Compared> {
  if (first.differences.length === 0) return first;
  const refuseDeployment = async (): Promise<void> => {
    await refuseDuringMigration(target, preset);
    if (source.kind === "command") await refuseOtherVersion(source, baseline.recorded, target, limits);
  };
  await refuseDeployment();
  if ((await target.use(writersOf)) === reading.writers) return first;
  const again = await compared((await target.read()).catalog);
  refuseMoving(first.differences, again.differences);
  await refuseDeployment();
  return again;
}

function sidesOf(baseline: Baseline, actual: Catalog): Comparable {
  return baseline.scratch === undefined
    ? { expected: baseline.catalog, actual, notes: [] }
    : comparableWithScratch(baseline.catalog, actual, baseline.scratch.user);
}

async function openTarget(inputs: Inputs, runtime: Runtime): Promise<Database> {
  const address = readDatabaseAddress(inputs);
  if (address === undefined) {
    throw new UserError("Nothing says which database to look at.", {
      hint: "Set database-url, or db-host, db-name, db-user and db-password. A secret that does not exist gives an empty value.",
      where: { input: "database-url" },
    });
  }
  const hopTarget = readSshTarget(inputs);
  runtime.log.info(
    `target=${describeAddress(address)}${hopTarget === undefined ? "" : ` via=${hopTarget.host}`}`,
  );
  const hop =
    hopTarget === undefined ? undefined : await connectSsh({ ...hopTarget, signal: runtime.signal });
  if (hop !== undefined) runtime.defer("the SSH connection", () => hop.close());
  return databaseAt(address, limitsOf(inputs), runtime, hop);
}

function limitsOf({ statementTimeout, lockTimeout }: Inputs): Limits {
  return { statementTimeoutMs: statementTimeout, lockTimeoutMs: lockTimeout };
}

async function update(
  { baselineFile = "" }: Inputs,
  target: Database,
  preset: Preset | undefined,
): Promise<Outcome> {
  await refuseOtherFile(baselineFile);
  await refuseDuringMigration(target, preset);
  const { catalog } = await target.read();
  await writeFile(baselineFile, writeSnapshot(catalog)).catch((cause: unknown) => {
    throw new UserError(`input baseline-file: ${baselineFile} cannot be written.`, {
      hint: "Check the path and its permissions.",
      where: { input: "baseline-file" },
      cause,
    });
  });
  return writtenOutcome(baselineFile, countObjects(catalog), target.shown);
}

/** Throws a UserError where something else stands than a snapshot, such as a structure.sql that people keep. */
async function refuseOtherFile(file: string): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => "");
  if (text.trim() === "" || isSnapshot(text)) return;
  throw new UserError(`input baseline-file: ${file} is no snapshot, and is not written over.`, {
    hint: "update-baseline writes a snapshot: give it a file of its own.",
    where: { input: "baseline-file" },
  });
}

/** The day, in UTC. */
function today({ clock }: Runtime): string {
  return new Date(clock.now()).toISOString().slice(0, 10);
}

function presetOf({ preset }: Inputs): Preset | undefined {
  return preset === undefined ? undefined : presets[preset];
}
