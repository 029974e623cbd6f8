import { readFile } from "node:fs/promises";
import * as z from "zod";
import { UserError } from "../../../shared/runtime/user-error.ts";

const payloadSchema = z.object({
  pull_request: z.object({
    number: z.int(),
    node_id: z.string(),
    state: z.string(),
    draft: z.boolean().nullish(),
    auto_merge: z.object({ enabled_by: z.object({ type: z.string() }).nullish() }).nullish(),
    user: z.object({ login: z.string(), id: z.int(), type: z.string() }),
    head: z.object({ sha: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
    base: z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }) }),
  }),
});

/** The pull request that the run is about, as the event says. */
export type PullRequest = z.output<typeof payloadSchema>["pull_request"];

/** Throws a UserError for a run that is about none. */
export async function readPullRequest(env: Readonly<NodeJS.ProcessEnv>): Promise<PullRequest> {
  const about = env["GITHUB_EVENT_NAME"] ?? "";
  const text = await readFile(env["GITHUB_EVENT_PATH"] ?? "", "utf8").catch(() => "{}");
  const parsed = payloadSchema.safeParse(JSON.parse(text));
  if (!parsed.success || about !== "pull_request") {
    throw new UserError(`The event ${about || "(none)"} is about no pull request that could be merged.`, {
      hint: "Run it with `on: pull_request`. `pull_request_target` is not needed, and refused: its token could do more.",
    });
  }
  return parsed.data.pull_request;
}
