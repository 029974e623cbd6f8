import * as z from "zod";
import { type GitHubClient, GitHubError } from "../../../shared/github/client.ts";
import type { FailedJob } from "./event.ts";
import { firstError } from "./first-error.ts";

const failing = new Set(["failure", "timed_out"]);

const jobSchema = z.object({
  id: z.int(),
  name: z.string(),
  html_url: z.string().nullish(),
  status: z.string(),
  conclusion: z.string().nullable(),
  steps: z.array(z.object({ name: z.string(), conclusion: z.string().nullable() })).default([]),
});
const jobsSchema = z.object({ total_count: z.int(), jobs: z.array(jobSchema) });

type Job = z.output<typeof jobSchema>;

const pageSize = 100;
const mostPages = 5;
// Logs are large; the message shows few jobs anyway.
const mostLogs = 3;
const longestLog = 20 * 1024 * 1024;

/** The jobs of a run that have failed, or are about to: with the step, and the first error in the log. */
export async function failedJobs(client: GitHubClient, run: string): Promise<FailedJob[]> {
  const failed = (await allJobs(client, run)).filter(hasFailed);
  return Promise.all(
    failed.map(async (job, index) => ({
      job: job.name,
      step: failedStep(job) ?? "",
      // A log exists only once its job has ended.
      error: index < mostLogs && job.status === "completed" ? await errorIn(client, run, job) : "",
      url: job.html_url ?? "",
    })),
  );
}

async function allJobs(client: GitHubClient, run: string): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const found = await client.json(`${run}/jobs?per_page=${pageSize}&page=${page}`, jobsSchema);
    jobs.push(...found.jobs);
    if (jobs.length >= found.total_count || found.jobs.length === 0) break;
  }
  return jobs;
}

function hasFailed(job: Job): boolean {
  if (job.conclusion !== null) return failing.has(job.conclusion);
  return failedStep(job) !== undefined;
}

function failedStep({ steps }: Job): string | undefined {
  return steps.find(({ conclusion }) => failing.has(conclusion ?? ""))?.name;
}

async function errorIn(client: GitHubClient, run: string, { id }: Job): Promise<string> {
  const repository = run.replace(/\/actions\/.*/, "");
  try {
    return firstError(await client.text(`${repository}/actions/jobs/${id}/logs`, longestLog)) ?? "";
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    return "";
  }
}
