const MIB = 1 << 20;
// "Amazon S3 multipart upload limits": 10,000 parts, all but the last of 5 MiB to 5 GiB. Some services take no more
// than 1,000 parts, and some want all parts but the last to be of one size.
export const MOST_PARTS = 10_000;
const FEW_PARTS = 900;
// Half of the limit: an archive without compression may be longer than its database.
const COMFORTABLE_PARTS = 5_000;
const SMALLEST = 8 * MIB;
// Parts are held in memory: to fit the services with few parts, they do not become larger than this.
const LARGE = 32 * MIB;
const UNKNOWN = 16 * MIB;

/** Bytes of each part of an object that is expected to be so long; it may become somewhat longer. */
export function partSizeFor(expectedBytes: number | undefined): number {
  if (expectedBytes === undefined) return UNKNOWN;
  const forFew = wholeMiB(expectedBytes / FEW_PARTS);
  const needed = wholeMiB(expectedBytes / COMFORTABLE_PARTS);
  return Math.max(SMALLEST, Math.min(forFew, LARGE), needed);
}

/** How many parts are on their way at once: as many as memory allows, and one more is being filled. */
export function partsAtOnce(partSize: number): number {
  return partSize <= SMALLEST ? 3 : 2;
}

function wholeMiB(bytes: number): number {
  return Math.ceil(bytes / MIB) * MIB;
}
