import { findZstd } from "../../../shared/backup/compression.ts";
import { checkRecipients } from "../../../shared/backup/encryption.ts";
import { type DatabaseAddress, parseDatabaseUrl } from "../../../shared/postgres/address.ts";
import { readDatabaseAddress } from "../../../shared/postgres/inputs.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import { connectSsh, type SshConnection } from "../../../shared/ssh/connect.ts";
import { readSshTarget } from "../../../shared/ssh/inputs.ts";
import { parseDestination } from "../../../shared/storage/destination.ts";
import { openStore } from "../../../shared/storage/open-store.ts";
import type { Store } from "../../../shared/storage/store.ts";
import { type BackUpResult, backUp } from "./back-up.ts";
import { databasesOf } from "./databases.ts";
import { elsewherePlace } from "./elsewhere-place.ts";
import type { Inputs } from "./inputs.ts";
import { outcomeOf } from "./outcome.ts";
import type { Place } from "./place.ts";
import { timeForRetention, timeForSweeping } from "./present.ts";
import type { RetentionRules } from "./retention.ts";
import { runnerPlace } from "./runner-place.ts";
import { type Swept, sweep, sweptLines } from "./sweep.ts";
import { planThinning, type Thinned, thinOut } from "./thin-out.ts";

const APPLICATION = "db-backup";
const MIB = 1024 * 1024;

/** The action: one backup of each database, stored and proven; after that, and only then, old ones go. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, signal, env, log } = runtime;
  const started = clock.monotonic();
  // These come by the environment, where AWS's own tools look for them.
  for (const name of ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) runtime.addSecret(env[name] ?? "");
  checkLevel(inputs);
  await checkRecipients(inputs.encryptTo, "encrypt-to");
  const address = readAddress(inputs);
  const scratch = inputs.scratchUrl === undefined ? undefined : scratchAddress(inputs.scratchUrl);
  const stores = await openStores(inputs, runtime);
  const place = openPlace(inputs, runtime);
  runtime.defer("what PostgreSQL's programs needed", () => place.close());
  const results: BackUpResult[] = [];
  const problems: (UserError | UserErrors)[] = [];
  for (const database of await databasesOf(inputs.databases, place, address, log)) {
    const own = { ...address, database };
    try {
      results.push(
        await backUp({ inputs, runtime, place, address: own, stores, scratch, zstd: findZstd(env) }),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
      problems.push(error);
    }
  }
  const whole = problems.length === 0 && results.every(({ failures }) => failures.length === 0);
  const thinned = whole ? await thinOutAll(inputs, runtime, stores, results) : [];
  const swept = whole ? await sweepAll(inputs, runtime, stores, results) : [];
  const { dryRun } = inputs;
  return outcomeOf({ results, problems, thinned, swept, dryRun, durationMs: clock.monotonic() - started });
}

/** Removes what runs that were killed have left, of the same databases at the same destinations. */
async function sweepAll(
  { dryRun }: Inputs,
  { clock, signal, log }: Runtime,
  stores: readonly Store[],
  results: readonly BackUpResult[],
): Promise<Swept[]> {
  const all: Swept[] = [];
  for (const { database, manifest } of results) {
    const now = timeForSweeping(clock.now(), Date.parse(manifest.snapshotAt));
    for (const store of stores) {
      const swept = await sweep(store, database, { now, dryRun, signal });
      for (const line of sweptLines(swept, dryRun)) log.info(line);
      all.push(swept);
    }
  }
  return all;
}

/** Retention, everywhere: only once every database is backed up at every destination, and proven. */
async function thinOutAll(
  inputs: Inputs,
  runtime: Runtime,
  stores: readonly Store[],
  results: readonly BackUpResult[],
): Promise<Thinned[]> {
  const rules: RetentionRules = {
    days: inputs.retentionDays,
    ...{ keepLast: inputs.keepLast, keepDaily: inputs.keepDaily },
    ...{ keepWeekly: inputs.keepWeekly, keepMonthly: inputs.keepMonthly },
  };
  const { log, signal, clock } = runtime;
  if (Object.values(rules).every((rule) => rule === undefined)) return [];
  if (inputs.verify === "none") {
    log.info("Nothing is deleted after a backup that was not proven (verify: none).");
    return [];
  }
  return log.group("Retention", async () => {
    const thinned: Thinned[] = [];
    for (const { database, manifest } of results) {
      const now = timeForRetention(clock.now(), Date.parse(manifest.snapshotAt));
      for (const store of stores) {
        const options = { store, database, rules, now, made: manifest, signal };
        const done = await (inputs.dryRun ? planThinning(options) : thinOut(options));
        for (const { location, reason } of done.remove)
          log.info(`${inputs.dryRun ? "would delete" : "delete"} ${location}: ${reason}`);
        for (const { location, reasons } of done.keep) log.info(`keep ${location}: ${reasons.join(", ")}`);
        thinned.push(done);
      }
    }
    return thinned;
  });
}

function openPlace(inputs: Inputs, runtime: Runtime): Place {
  const { env, signal } = runtime;
  const hop = sshHop(inputs, runtime);
  const { container, runOn } = inputs;
  if (runOn === "ssh" && hop === undefined) {
    throw new UserError("run-on is ssh, and there is no SSH host.", {
      hint: "Set ssh-host, ssh-user, ssh-key and ssh-known-hosts.",
      where: { input: "ssh-host" },
    });
  }
  if (runOn === "ssh" || container !== undefined) {
    const target = runOn === "ssh" ? readSshTarget(inputs) : undefined;
    return elsewherePlace({
      ...{ hop: runOn === "ssh" ? hop : undefined, container, pgBin: inputs.pgBin },
      hopAgain: target === undefined ? undefined : (limit) => connectSsh({ ...target, signal: limit }),
      ...{ allowNewer: inputs.allowNewerClient, applicationName: APPLICATION, env, signal },
    });
  }
  const tunnel =
    inputs.tunnel && hop !== undefined
      ? async (to: DatabaseAddress) => (await hop()).forward(to.host, to.port, signal)
      : undefined;
  return runnerPlace({
    ...{ pgBin: inputs.pgBin, allowNewer: inputs.allowNewerClient, tunnel },
    ...{ applicationName: APPLICATION, env, signal },
  });
}

function checkLevel({ compression, compressionLevel }: Inputs): void {
  if (compression !== "gzip" || compressionLevel === undefined || compressionLevel <= 9) return;
  throw new UserError(`gzip has the levels 1 to 9, and compression-level is ${compressionLevel}.`, {
    hint: "Set compression-level to 9 or less, or compression: zstd.",
    where: { input: "compression-level" },
  });
}

function scratchAddress(url: string): DatabaseAddress {
  try {
    return parseDatabaseUrl(url);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`scratch-url: ${error.message}`, {
      hint: error.hint,
      where: { input: "scratch-url" },
    });
  }
}

function readAddress(inputs: Inputs): DatabaseAddress {
  const address = readDatabaseAddress(inputs);
  if (address !== undefined) return address;
  throw new UserError("There is no database to back up.", {
    hint: "Set database-url, or db-host, db-name, db-user and db-password.",
    where: { input: "database-url" },
  });
}

/** Gives the connection to the SSH host, opened at its first use; undefined without a host. */
function sshHop(inputs: Inputs, runtime: Runtime): (() => Promise<SshConnection>) | undefined {
  const target = readSshTarget(inputs);
  if (target === undefined) return undefined;
  let connection: Promise<SshConnection> | undefined;
  return () => {
    connection ??= open();
    return connection;
  };
  async function open(): Promise<SshConnection> {
    if (target === undefined) throw new Error("no SSH target");
    runtime.log.info(`Connecting to ${target.host} over SSH`);
    const made = await connectSsh({ ...target, signal: runtime.signal });
    runtime.defer("the SSH connection", () => made.close());
    return made;
  }
}

async function openStores(inputs: Inputs, runtime: Runtime): Promise<Store[]> {
  const workspace = runtime.env["GITHUB_WORKSPACE"] ?? process.cwd();
  const destinations = inputs.destination.map((line) => parseDestination(line, workspace));
  const stores: Store[] = [];
  for (const destination of destinations) {
    const store = await openStore(destination, {
      s3: {
        ...{ endpoint: inputs.s3Endpoint, region: inputs.s3Region, pathStyle: inputs.s3PathStyle },
        ...{ checksums: inputs.s3Checksums, storageClass: inputs.s3StorageClass },
        ...{ encryption: inputs.s3Encryption, kmsKeyId: inputs.s3KmsKeyId },
        ...{
          tries: inputs.s3Tries,
          partSize: inputs.s3PartSize === undefined ? undefined : inputs.s3PartSize * MIB,
        },
      },
      ssh: readSshTarget(inputs),
      env: runtime.env,
      info: runtime.log.info,
    });
    // The same place twice would be two hands at one object: one would take back what the other has recorded.
    if (stores.some(({ where }) => where === store.where)) continue;
    runtime.defer(`the connection to ${store.where}`, () => store.close());
    stores.push(store);
  }
  return stores;
}
