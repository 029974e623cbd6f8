import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { checkDirectoryPrefix, checkKey, checkPrefix, isKey } from "../keys.ts";
import type { Store } from "../store.ts";
import { abortUploads } from "./abort-uploads.ts";
import { openS3Client } from "./client.ts";
import { download } from "./download.ts";
import { mayPass } from "./failure.ts";
import { type S3Requests, s3Requests } from "./requests.ts";
import type { S3Settings } from "./settings.ts";
import { beginUpload } from "./upload.ts";

const TRIES = 10;
const CLEAN_UP_TRIES = 3;
// An upload tells when it began, and not when it was last written to. A job on a runner of one's own may take five days
// ("Actions limits", GitHub Docs).
const LONGEST_UPLOAD_MS = 6 * 24 * 3_600_000;

export type S3Tools = {
  /** The job's environment, for the region and the proxies. Credentials are found by the SDK itself. */
  readonly env: NodeJS.ProcessEnv;
  readonly info: (line: string) => void;
  readonly clock?: Pick<Clock, "sleep">;
};

/** Backups in a bucket, below a prefix (which may be empty). */
export function openS3Store(bucket: string, prefix: string, settings: S3Settings, tools: S3Tools): Store {
  const client = openS3Client(settings, tools.env);
  const trying = { tries: settings.tries ?? TRIES, clock: tools.clock ?? systemClock, info: tools.info };
  const requests = s3Requests(client, bucket, settings, trying);
  const fewTries = { ...trying, tries: Math.min(CLEAN_UP_TRIES, trying.tries) };
  const cleaning = s3Requests(client, bucket, settings, fewTries);
  const root = prefix === "" ? "" : `${prefix}/`;
  const full = (key: string): string => {
    checkKey(key);
    return root + key;
  };
  return {
    where: `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`,
    check: async ({ signal }) => {
      const left = await probeUpload(
        requests,
        cleaning,
        full(`${randomBytes(8).toString("hex")}.part`),
        signal,
      );
      for (const each of left) tools.info(`Left behind: ${each}.`);
      return { free: undefined };
    },
    begin: async (key, options) =>
      beginUpload(
        requests,
        cleaning,
        full(key),
        options,
        ...(settings.partSize === undefined ? [] : [settings.partSize]),
      ),
    read: async (key, { signal }) => {
      const place = { bucket, key: full(key), url: requests.url(full(key)) };
      return download(client, place, trying, signal);
    },
    list: async (below, { signal }) => {
      checkPrefix(below);
      const found = await requests.list(root + below, signal);
      return found.map(({ key, size }) => ({ key: key.slice(root.length), size }));
    },
    leftovers: async (below, { signal }) => {
      const uploads = await requests.uploads(root + checkDirectoryPrefix(below), signal);
      return uploads.flatMap(({ key, id, begunAt }) => {
        // Without a time there is no telling whether somebody is still at it.
        if (begunAt === undefined || !isKey(key.slice(root.length))) return [];
        return {
          ...{ key: key.slice(root.length), what: `the unfinished upload of ${requests.url(key)}` },
          ...{ seenAt: begunAt, restlessMs: LONGEST_UPLOAD_MS },
          remove: (options) => requests.abort(key, id, options.signal),
        };
      });
    },
    remove: async (key, { signal }) => requests.remove(full(key), signal),
    locate: (key) => requests.url(full(key)),
    close: async () => client.destroy(),
  };
}

/** Proves that objects may be written, and leaves none, not even a version of one. Returns what it could not take back. */
async function probeUpload(
  requests: S3Requests,
  cleaning: S3Requests,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  let upload: string | undefined;
  let unheard = false;
  let left: readonly string[] = [];
  try {
    upload = await requests.create(key, signal, () => {
      unheard = true;
    });
    await requests.abort(key, upload, signal);
    upload = undefined;
  } catch (error) {
    unheard ||= signal.aborted || mayPass((error as Error).cause);
    throw error;
  } finally {
    left = await abortUploads(cleaning, key, upload === undefined ? [] : [upload], unheard);
  }
  return left;
}
