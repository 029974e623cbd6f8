import type { SshConnection } from "../ssh/connect.ts";
import type { Destination } from "./destination.ts";
import { openLocalStore } from "./local/local-store.ts";
import type { Store } from "./store.ts";

/** How S3 is to be spoken to; everything that is not given comes from the SDK's own sources. */
export type S3Settings = {
  /** `https://…` of an S3-compatible service; undefined for AWS. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** The bucket in the path instead of the host name. Default: true with an endpoint, false without. */
  readonly pathStyle?: boolean | undefined;
  /** `when-required` leaves out the checksums that some services refuse. */
  readonly checksums: "when-supported" | "when-required";
  readonly storageClass?: string | undefined;
  /** Server-side encryption: `AES256`, `aws:kms`, `aws:kms:dsse`. */
  readonly encryption?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  /** Bytes of a part; chosen by the expected size when not given. */
  readonly partSize?: number | undefined;
};

/** What the stores are made with. */
export type StoreTools = {
  readonly s3: S3Settings;
  /** Gives the connection to the SSH host, the same one each time; asked only for `ssh:` destinations. */
  readonly ssh: () => Promise<SshConnection>;
  /** A line for the log: a request that is tried again. */
  readonly info: (line: string) => void;
};

/** The store at a destination. Nothing is connected to before its first use, but SSH. */
export async function openStore(destination: Destination, tools: StoreTools): Promise<Store> {
  if (destination.kind === "local") return openLocalStore(destination.directory);
  throw new Error(`not yet: ${destination.kind} ${tools.s3.checksums}`);
}
