import * as z from "zod";
import type { Git } from "./git.ts";

/** What a run has to look at. */
export type Range =
  | { readonly kind: "everything"; readonly reason: string }
  | { readonly kind: "since"; readonly base: string; readonly reason: string };

const commit = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
const payloadSchema = z.object({
  pull_request: z
    .object({ base: z.object({ sha: commit }), head: z.object({ sha: commit }).optional() })
    .optional(),
  merge_group: z.object({ base_sha: commit }).optional(),
});

/**
 * Where the change begins that a run is about. A push runs everything: the run of the push before it may have failed or
 * been cancelled, and what it should have found would never be looked at again.
 */
export async function rangeOf(event: string, payload: unknown, git: Git): Promise<Range> {
  const everything = (reason: string): Range => ({ kind: "everything", reason });
  if (event !== "pull_request" && event !== "merge_group")
    return everything(`everything runs for the event ${event}`);
  const parsed = payloadSchema.safeParse(payload);
  const base = parsed.data?.pull_request?.base.sha ?? parsed.data?.merge_group?.base_sha;
  if (base === undefined) return everything("the event does not say what it is to be compared with");
  const since = (from: string): Range => ({ kind: "since", base: from, reason: `compared with ${from}` });
  if (event === "merge_group") return (await git.has(base)) ? since(base) : everything(tooShallow(base));
  // What is checked out is the merge that GitHub made: its first parent is the branch as it is now, and the other
  // parent the head. The payload's base may be older. A head that is itself a merge, of its branch with the base, is
  // another thing: its first parent has most of the change already.
  const parents = await git.parents("HEAD");
  const head = parsed.data?.pull_request?.head?.sha;
  const isGitHubs = parents.length === 2 && (head === undefined || parents[1] === head);
  if (isGitHubs && parents[0] !== undefined && (await git.has(parents[0]))) return since(parents[0]);
  const fork = await git.mergeBase(base, "HEAD");
  return fork === undefined ? everything(tooShallow(base)) : since(fork);
}

function tooShallow(base: string): string {
  return `${base} is not in the checkout, so nobody can say what has changed (fetch-depth: 2 has it for a pull request)`;
}
