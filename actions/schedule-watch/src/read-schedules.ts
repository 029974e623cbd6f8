import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { load } from "js-yaml";
import * as z from "zod";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { lastDue, parseCron } from "./cron.ts";

/** A workflow file with a schedule. */
export type Scheduled = {
  readonly file: string;
  /** When it should have run last, at `until` or before; undefined when it never should have. */
  readonly due: number | undefined;
};

const onSchema = z.object({
  on: z.object({ schedule: z.array(z.object({ cron: z.string(), timezone: z.string().optional() })).min(1) }),
});

/**
 * The files of a folder that have a schedule. Throws a UserError where there is none, since a watch over nothing would
 * always be well, and for schedules that cannot be read.
 */
export async function readSchedules(
  folder: string,
  ignored: readonly string[],
  until: number,
): Promise<readonly Scheduled[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new UserError(`The folder ${folder} cannot be read.`, {
      hint: "Does the job check out the repository first? 'workflows' names the folder within it.",
      where: { input: "workflows" },
      cause,
    });
  });
  const problems: UserError[] = [];
  const found: Scheduled[] = [];
  for (const file of names.filter((name) => /\.ya?ml$/.test(name)).sort()) {
    if (ignored.includes(file)) continue;
    try {
      const crons = schedulesIn(await readFile(path.join(folder, file), "utf8"));
      if (crons.length === 0) continue;
      const dues = crons.flatMap(({ cron, timezone }) => dueOf(file, cron, timezone, until) ?? []);
      found.push({ file, due: dues.length === 0 ? undefined : Math.max(...dues) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error);
    }
  }
  throwProblems(problems);
  if (found.length > 0) return found;
  throw new UserError(`No workflow in ${folder} has a schedule.`, {
    hint: "A watch over nothing would always be well. Is it the right folder?",
    where: { input: "workflows" },
  });
}

function schedulesIn(text: string): z.output<typeof onSchema>["on"]["schedule"] {
  let document: unknown;
  try {
    document = load(text);
  } catch {
    // GitHub does not run what is no YAML, and says so; whether it is a workflow nobody can tell.
    return [];
  }
  const parsed = onSchema.safeParse(document);
  return parsed.success ? parsed.data.on.schedule : [];
}

function dueOf(file: string, text: string, zone: string | undefined, until: number): number | undefined {
  const cron = parseCron(text);
  const wrong = (what: string, cause?: unknown): UserError =>
    new UserError(`${what} is not what GitHub takes.`, {
      hint: "It would never run. See https://crontab.guru for what a schedule means.",
      where: { file },
      cause,
    });
  if (cron === undefined) throw wrong(`The schedule ${JSON.stringify(text)}`);
  try {
    return lastDue(cron, until, zone);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong(`The time zone ${JSON.stringify(zone)}`, error);
  }
}
