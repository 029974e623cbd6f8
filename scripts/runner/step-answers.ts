import { type CommandFiles, keyValuePairs, readCommandFile } from "./command-files.ts";
import type { StepLog } from "./step-log.ts";

/** What a step left in its command files. */
export type StepAnswers = {
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** Variables for the steps that follow. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders put before PATH for the steps that follow, in the order of the file. */
  readonly path: readonly string[];
  /** The job summary in Markdown, masked. */
  readonly summary: string;
};

const summaryLimitKb = 1024;

/** Reads the command files when the step has ended; mistakes in them go to the log and fail the step. */
export async function readAnswers(files: CommandFiles, log: StepLog): Promise<StepAnswers> {
  const env = new Map<string, string>();
  await readPairs("env", files, log, env);
  await readPairs("output", files, log, log.outputs);
  await readPairs("state", files, log, log.state);
  if (env.delete("NODE_OPTIONS")) {
    log.annotate("error", "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
  }
  const folders = (await readCommandFile(files.path))
    .toString()
    .split(/\r?\n/)
    .filter((line) => line !== "");
  return {
    outputs: Object.fromEntries(log.outputs),
    state: Object.fromEntries(log.state),
    env: Object.fromEntries(env),
    path: [...new Set(folders)],
    summary: await readSummary(files.step_summary, log),
  };
}

async function readPairs(
  name: "env" | "output" | "state",
  files: CommandFiles,
  log: StepLog,
  into: Map<string, string>,
): Promise<void> {
  const text = (await readCommandFile(files[name])).toString();
  try {
    for (const [key, value] of keyValuePairs(text)) into.set(key, value);
  } catch (error) {
    log.fail(`Unable to process file command '${name}' successfully.`, (error as Error).message);
  }
}

/** Above 1 MiB nothing of a summary is kept; the step's own result stays (CreateStepSummaryCommand). */
async function readSummary(file: string, log: StepLog): Promise<string> {
  const bytes = await readCommandFile(file);
  const kilobytes = Math.floor(bytes.length / 1024);
  if (bytes.length > summaryLimitKb * 1024) {
    log.annotate(
      "error",
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${summaryLimitKb}k, got ${kilobytes}k.`,
    );
    return "";
  }
  // Line by line, so that a mask with a newline in it finds nothing here either.
  return bytes
    .toString()
    .split("\n")
    .map((line) => log.mask(line))
    .join("\n");
}
