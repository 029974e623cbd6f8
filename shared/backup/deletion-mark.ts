const OBJECT = /\.dump(?:\.zst|\.gz)?(?:\.age)?$/;
const MANIFEST = /\.json$/;
const MARK = /^[^/]+\/[^/]+\.deleted$/;

/**
 * The key of the mark that a backup is being removed. It lies there before the object goes, and goes after the manifest:
 * while it is there, the manifest beside it describes nothing that can be counted on.
 */
export function deletionMarkKey(objectOrManifest: string): string {
  const end = OBJECT.test(objectOrManifest) ? OBJECT : MANIFEST;
  if (!end.test(objectOrManifest)) throw new Error(`not the key of a backup: ${objectOrManifest}`);
  return objectOrManifest.replace(end, ".deleted");
}

export function isDeletionMark(key: string): boolean {
  return MARK.test(key);
}
