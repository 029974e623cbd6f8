import { lstat, readFile } from "node:fs/promises";
import path from "node:path";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { type Config as Read, readConfig } from "../../../shared/runtime/config.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { type Config, configSchema } from "./config-schema.ts";
import { type Tree, textsNeeded } from "./discover.ts";
import { gitOf } from "./git.ts";
import type { Inputs } from "./inputs.ts";
import { errorOf, outcomeOf } from "./outcome.ts";
import { planOf } from "./plan.ts";
import { type Range, rangeOf } from "./range.ts";

const USUAL_FILE = ".github/services.yml";
const LARGEST_BYTES = 4 * 1024 * 1024;

/** The action: reads the repository that is checked out, and says what to run. It changes nothing. */
export async function run(inputs: Inputs, { env, signal, log }: Runtime): Promise<Outcome> {
  const folder = path.resolve(env["GITHUB_WORKSPACE"] || ".");
  const git = gitOf(folder, env, signal);
  const { value: config, locate } = await readServices(inputs.config, folder);
  const range: Range = inputs.all
    ? { kind: "everything", reason: "everything was asked for" }
    : await rangeOf(env["GITHUB_EVENT_NAME"] ?? "", await payloadOf(env), git);
  const paths = await git.files();
  const changed = range.kind === "since" ? await git.changedSince(range.base) : [];
  log.info(
    `files=${paths.length} changed=${range.kind === "since" ? changed.length : "everything"} reason=${range.reason}`,
  );
  const plan = planOf({ tree: await readTree(folder, paths), range, changed }, config, inputs);
  if (!("refusals" in plan)) return outcomeOf(plan);
  const whereOf = (entry: number) => ({ file: inputs.config, ...locate(["services", entry]) });
  throwProblems(plan.refusals.map((refusal) => errorOf(refusal, inputs.config, whereOf)));
  throw new Error("a plan was refused without a reason");
}

async function readServices(file: string, folder: string): Promise<Read<Config>> {
  const text = await readFile(path.resolve(folder, file), "utf8").catch((cause: unknown) => {
    if (file === USUAL_FILE && (cause as NodeJS.ErrnoException).code === "ENOENT") return "{}";
    throw new UserError(`input config: ${file} cannot be read.`, {
      hint: "Run actions/checkout first, and check the path.",
      where: { input: "config" },
      cause,
    });
  });
  return readConfig(text, file, configSchema);
}

async function payloadOf(env: Readonly<NodeJS.ProcessEnv>): Promise<unknown> {
  const file = env["GITHUB_EVENT_PATH"] ?? "";
  if (file === "") return {};
  return JSON.parse(await readFile(file, "utf8"));
}

/** The texts are read from the work tree, where they are plain files of a sensible size. */
async function readTree(folder: string, paths: readonly string[]): Promise<Tree> {
  const texts = new Map<string, string>();
  for (const file of textsNeeded(paths)) {
    const place = path.join(folder, file);
    const facts = await lstat(place).catch(() => undefined);
    if (facts?.isFile() && facts.size <= LARGEST_BYTES) texts.set(file, await readFile(place, "utf8"));
  }
  return { paths: new Set(paths), text: (file) => texts.get(file) ?? "" };
}
