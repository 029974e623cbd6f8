/** One version of a container package as GitHub lists it: one manifest and the tags that point at it. */
export type Version = {
  readonly id: number;
  /** GitHub calls it the version's name: `sha256:…`. */
  readonly digest: string;
  readonly tags: readonly string[];
  /** Milliseconds since 1970; `undefined` where GitHub's text is no date. */
  readonly createdAt: number | undefined;
  readonly updatedAt: number | undefined;
};
