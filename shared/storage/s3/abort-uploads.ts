import type { S3Requests } from "./requests.ts";

/** Milliseconds that cleaning up may take: a cancelled run has a few seconds in all. */
export const CLEAN_UP_MS = 3_000;

/**
 * Aborts the uploads, and with `search` those of the key that S3 began without our hearing of it; returns what it could
 * not, in words with the command that does it. Never throws.
 */
export async function abortUploads(
  requests: S3Requests,
  key: string,
  known: readonly string[],
  search: boolean,
): Promise<string[]> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  const left: string[] = [];
  const where = `--bucket ${requests.bucket}`;
  let found: readonly string[] = [];
  try {
    const uploads = search ? await requests.uploads(key, signal) : [];
    found = uploads.filter((upload) => upload.key === key).map(({ id }) => id);
  } catch {
    const look = `aws s3api list-multipart-uploads ${where} --prefix ${key}`;
    left.push(`an upload of ${requests.url(key)}, if one began (${look})`);
  }
  for (const id of new Set([...known, ...found])) {
    try {
      await requests.abort(key, id, signal);
    } catch {
      const how = `aws s3api abort-multipart-upload ${where} --key ${key} --upload-id ${id}`;
      left.push(`an unfinished upload of ${requests.url(key)} (${how})`);
    }
  }
  return left;
}
