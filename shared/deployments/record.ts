import * as z from "zod";

/**
 * The task of our records among the deployments of a repository. GitHub makes others, with the task `deploy`, for every
 * job that names an environment; those say that a job ended, not that a version was proven.
 */
export const RECORD_TASK = "deploy:record";

// What container tags, folders and the release names of blue-green-switch can all be.
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What the payload of a record says. */
export const recordSchema = z.object({
  "deploy-record": z.literal(1),
  operation: z.enum(["deploy", "promote", "rollback"]),
  version: z.string().regex(VERSION),
  sha: z.string().regex(COMMIT),
  /** Of the image, where there is one. */
  digest: z.string().regex(DIGEST).optional(),
  /** The version that was live before. */
  previous: z.string().regex(VERSION).optional(),
  /** Number and attempt of the run that made it, `123/1`. */
  run: z.string().regex(/^\d+\/\d+$/),
});

export type DeployRecord = z.output<typeof recordSchema>;

/** Whether a text can be the name of a version. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Whether a text is the whole id of a commit. */
export function isCommit(text: string): boolean {
  return COMMIT.test(text);
}

/** Whether a text is the digest of an image. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** The record in a deployment's payload, which GitHub gives as it was sent: as an object, or as its JSON text. */
export function recordIn(payload: unknown): DeployRecord | undefined {
  const value = typeof payload === "string" ? jsonIn(payload) : payload;
  const parsed = recordSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
