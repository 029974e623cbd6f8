/** A layer or a configuration; bytes as the manifest says. */
export type Blob = { readonly digest: string; readonly size: number };

/** An entry of an index. */
export type Child = {
  readonly digest: string;
  /** Nothing below it and no other subject: an image for a platform, or BuildKit's attestation for one. */
  readonly leaf: boolean;
  /** The image that BuildKit's attestation is for; with `oci-artifact=true` that is its subject too. */
  readonly attests?: string;
};

/** What a manifest says about others. An index has children, an image has blobs; unknown types may have both. */
export type Manifest = {
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly children: readonly Child[];
  /** Digest of the manifest that this one is about (OCI 1.1 `subject`). */
  readonly subject: string | undefined;
  readonly blobs: readonly Blob[];
  /** Bytes of the manifest itself. */
  readonly size: number;
  /** A throw-away manifest of ours, left behind by a run that was stopped while it took a tag from an image. */
  readonly removedTag?: boolean;
};

/** Why a manifest is not known, in words. */
export type Unreadable = { readonly unreadable: string };

/** What is known of manifests, by digest. What is not in it was not read. */
export type Manifests = ReadonlyMap<string, Manifest | Unreadable>;
