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

const hasSchedule = z.object({ on: z.object({ schedule: z.unknown() }) });
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
      const crons = schedulesIn(file, await readFile(path.join(folder, file), "utf8"));
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

function schedulesIn(file: string, text: string): z.output<typeof onSchema>["on"]["schedule"] {
  let document: unknown;
  try {
    document = load(text);
  } catch (cause) {
    throw new UserError(`${file} is not YAML.`, {
      hint: "GitHub runs nothing of it, and no schedule that it may have. Mend it, or name it in 'ignore'.",
      where: { file },
      cause,
    });
  }
  const parsed = onSchema.safeParse(document);
  if (parsed.success) return parsed.data.on.schedule;
  const given = hasSchedule.safeParse(document);
  if (!given.success || given.data.on.schedule === undefined) return [];
  throw new UserError(`What ${file} has for a schedule is not what GitHub takes.`, {
    hint: "It would never run. Write a list of lines such as `- cron: '17 2 * * *'`.",
    where: { file },
  });
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
