import type { SshConnection } from "../ssh/connect.ts";
import type { Destination } from "./destination.ts";
import { openLocalStore } from "./local/local-store.ts";
import { openS3Store } from "./s3/s3-store.ts";
import type { S3Settings } from "./s3/settings.ts";
import type { Store } from "./store.ts";

/** What the stores are made with. */
export type StoreTools = {
  readonly s3: S3Settings;
  /** Gives the connection to the SSH host, the same one each time; asked only for `ssh:` destinations. */
  readonly ssh: () => Promise<SshConnection>;
  /** The job's environment: region and proxies. */
  readonly env: NodeJS.ProcessEnv;
  /** A line for the log: a request that is tried again. */
  readonly info: (line: string) => void;
};

/** The store at a destination. Nothing is connected to before its first use, but SSH. */
export async function openStore(destination: Destination, tools: StoreTools): Promise<Store> {
  if (destination.kind === "local") return openLocalStore(destination.directory);
  if (destination.kind === "s3") return openS3Store(destination.bucket, destination.prefix, tools.s3, tools);
  throw new Error(`not yet: ${destination.kind}`);
}
