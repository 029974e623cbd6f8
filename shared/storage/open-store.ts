import { UserError } from "../runtime/user-error.ts";
import type { SshTarget } from "../ssh/connect.ts";
import { type Destination, destinationName } from "./destination.ts";
import { openLocalStore } from "./local/local-store.ts";
import type { S3Settings } from "./s3/settings.ts";
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
export async function openStore(destination: Destination, tools: StoreTools): Promise<Store> {
  switch (destination.kind) {
    case "local":
      return openLocalStore(destination.directory);
    case "s3": {
      // Loaded where it is used: the SDK takes 35 MB and a tenth of a second. "eager" keeps it in the one bundled file.
      const { openS3Store } = await import(/* webpackMode: "eager" */ "./s3/s3-store.ts");
      return openS3Store(destination.bucket, destination.prefix, tools.s3, tools);
    }
    case "ssh":
      if (tools.ssh !== undefined) {
        const { openSftpStore } = await import(/* webpackMode: "eager" */ "./sftp/sftp-store.ts");
        return openSftpStore(tools.ssh, destination.directory);
      }
      throw new UserError(`${destinationName(destination)} needs an SSH host, and none is given.`, {
        hint: "Set ssh-host, ssh-user, ssh-key and ssh-known-hosts.",
        where: { input: "ssh-host" },
      });
  }
}
