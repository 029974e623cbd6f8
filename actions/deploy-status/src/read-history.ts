import * as z from "zod";
import { type Entry, type History, stateOf } from "../../../shared/deployments/history.ts";
import { RECORD_TASK, recordIn } from "../../../shared/deployments/record.ts";
import type { PacedGitHub } from "../../../shared/github/paced-client.ts";
import { readPages } from "../../../shared/github/read.ts";
import { isEnough } from "./in-use.ts";

const deploymentsSchema = z.array(
  z.object({ id: z.int(), environment: z.string(), task: z.string(), payload: z.unknown() }),
);
const statusesSchema = z.array(z.object({ state: z.string() }));
const right = "deployments: read";

/** The records of an environment, newest first, as far back as they say what is in use. Throws UserErrors. */
export async function readHistory(
  github: PacedGitHub,
  repository: string,
  environment: string,
): Promise<History> {
  const root = `repos/${repository}/deployments`;
  const query = new URLSearchParams({ environment, task: RECORD_TASK });
  const asked = { path: `${root}?${query}&`, what: `the deployments of ${environment}`, right };
  const entries: Entry[] = [];
  for await (const deployment of readPages(github, asked, deploymentsSchema, (page) => page)) {
    const record = deployment.task === RECORD_TASK ? recordIn(deployment.payload) : undefined;
    // GitHub compares names of environments without regard to case.
    if (record === undefined || deployment.environment.toLowerCase() !== environment.toLowerCase()) continue;
    const states: string[] = [];
    const { id } = deployment;
    const statuses = { path: `${root}/${id}/statuses?`, what: `the statuses of deployment ${id}`, right };
    for await (const { state } of readPages(github, statuses, statusesSchema, (page) => page))
      states.push(state);
    entries.push({ ...record, id, state: stateOf(states) });
    if (isEnough({ entries, complete: false })) return { entries, complete: false };
  }
  return { entries, complete: true };
}
