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
  /** How often a request is sent before it counts as failed. Default: 10, over about two minutes. */
  readonly tries?: number | undefined;
  /** Milliseconds without a byte in either direction after which a request counts as lost. Default: 60,000. */
  readonly stallMs?: number | undefined;
};
