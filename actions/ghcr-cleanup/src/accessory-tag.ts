// `sha256-<hex>` is where the OCI distribution specification 1.1 ("referrers tag schema") puts the list of what is
// about an image; cosign adds `.sig`, `.att` and `.sbom` for one signature or document each.
const form = /^(sha256)-([0-9a-f]{64})(?:[.-].*)?$/s;
const single = /^sha256-[0-9a-f]{64}\.(?:sig|att|sbom)$/;

/** The digest that a tag is about when it is one that tools make for signatures and the like. */
export function subjectOfTag(tag: string): string | undefined {
  const match = form.exec(tag);
  return match === null ? undefined : `${match[1]}:${match[2]}`;
}

/** Whether a tag was given by a person or a pipeline, not made by a tool to hang something on another image. */
export function isRealTag(tag: string): boolean {
  return !form.test(tag);
}

/** Whether the tag alone says everything: one manifest, about one other, and nothing below it. */
export function isCosignTag(tag: string): boolean {
  return single.test(tag);
}
