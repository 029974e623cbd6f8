import { UserError } from "../runtime/user-error.ts";
import type { SshTarget } from "../ssh/connect.ts";
import { type Destination, destinationName } from "./destination.ts";
import { openLocalStore } from "./local/local-store.ts";
import { openS3Store } from "./s3/s3-store.ts";
import type { S3Settings } from "./s3/settings.ts";
import { openSftpStore } from "./sftp/sftp-store.ts";
import type { Store } from "./store.ts";

/** What the stores are made with. */
export type StoreTools = {
  readonly s3: S3Settings;
  /** The SSH host of `ssh:` destinations. */
  readonly ssh?: SshTarget | undefined;
  /** The job's environment: region and proxies. */
  readonly env: NodeJS.ProcessEnv;
  /** A line for the log: a request that is tried again. */
  readonly info: (line: string) => void;
};

/** The store at a destination. Nothing is connected to before its first use. Throws a UserError. */
export function openStore(destination: Destination, tools: StoreTools): Store {
  switch (destination.kind) {
    case "local":
      return openLocalStore(destination.directory);
    case "s3":
      return openS3Store(destination.bucket, destination.prefix, tools.s3, tools);
    case "ssh":
      if (tools.ssh !== undefined) return openSftpStore(tools.ssh, destination.directory);
      throw new UserError(`${destinationName(destination)} needs an SSH host, and none is given.`, {
        hint: "Set ssh-host, ssh-user, ssh-key and ssh-known-hosts.",
        where: { input: "ssh-host" },
      });
  }
}
