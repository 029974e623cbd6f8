import { findZstd } from "../../../shared/backup/compression.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
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
import type { Inputs } from "./inputs.ts";
import { outcomeOf } from "./outcome.ts";
import { runnerPlace } from "./runner-place.ts";

const APPLICATION = "db-backup";

/** The action: one backup of each database, stored, proven, and the old ones thinned out after that. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, signal, env } = runtime;
  const started = clock.monotonic();
  const address = readAddress(inputs);
  const hop = sshHop(inputs, runtime);
  const stores = openStores(inputs, runtime);
  const tunnel =
    inputs.tunnel && hop !== undefined
      ? async (to: DatabaseAddress) => (await hop()).forward(to.host, to.port, signal)
      : undefined;
  const place = runnerPlace({
    ...{ pgBin: inputs.pgBin, allowNewer: inputs.allowNewerClient, tunnel },
    ...{ applicationName: APPLICATION, env, signal },
  });
  runtime.defer("the programs' files", () => place.close());
  const results: BackUpResult[] = [];
  const problems: (UserError | UserErrors)[] = [];
  for (const database of [address.database]) {
    try {
      results.push(
        await backUp({
          inputs,
          runtime,
          place,
          address: { ...address, database },
          stores,
          zstd: findZstd(env),
        }),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
      problems.push(error);
    }
  }
  return outcomeOf({ results, problems, durationMs: clock.monotonic() - started });
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

function openStores(inputs: Inputs, runtime: Runtime): Store[] {
  const workspace = runtime.env["GITHUB_WORKSPACE"] ?? process.cwd();
  const destinations = inputs.destination.map((line) => parseDestination(line, workspace));
  const stores: Store[] = [];
  for (const destination of destinations) {
    const store = openStore(destination, {
      s3: {
        ...{ endpoint: inputs.s3Endpoint, region: inputs.s3Region, pathStyle: inputs.s3PathStyle },
        ...{ checksums: inputs.s3Checksums, storageClass: inputs.s3StorageClass },
        ...{ encryption: inputs.s3Encryption, kmsKeyId: inputs.s3KmsKeyId },
      },
      ssh: readSshTarget(inputs),
      env: runtime.env,
      info: runtime.log.info,
    });
    runtime.defer(`the connection to ${store.where}`, () => store.close());
    stores.push(store);
  }
  return stores;
}
