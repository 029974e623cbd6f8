import { mkdir } from "node:fs/promises";
import path from "node:path";
import { REPOSITORY } from "../bundle/repository.ts";
import { type ActionResult, type LogLine, runAction } from "../runner/run-action.ts";
import { actionsOf, type Chapter, type Step } from "./chapter.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";
import { judgeVerdict } from "./verdict.ts";

export type PlayedStep = {
  readonly step: Step;
  readonly result: ActionResult;
  readonly lines: readonly LogLine[];
  /** In what the run differs from what it must come to. */
  readonly problems: readonly string[];
  /** The step's own page, as it was right after the run. */
  readonly page?: string | undefined;
};

export type PlayedChapter = { readonly chapter: Chapter; readonly steps: readonly PlayedStep[] };

/** Runs the steps of a chapter one after the other. Rejects with the signal's reason once that says stop. */
export async function playChapter(
  chapter: Chapter,
  stage: Stage,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<PlayedChapter> {
  narrator.chapter(chapter);
  const steps: PlayedStep[] = [];
  for await (const step of chapter.steps(stage)) {
    signal.throwIfAborted();
    // A bundle left by an earlier build would hide this until the demo is played from a fresh clone.
    if (!actionsOf(chapter).includes(step.action))
      throw new Error(
        `The chapter ${chapter.name} runs ${step.action} and does not name it as one of its actions.`,
      );
    narrator.step(step);
    const temp = path.join(stage.temp, `${chapter.name}-${steps.length + 1}`);
    await mkdir(temp);
    const played = await playStep(step, { workspace: stage.workspace, temp }, narrator, signal);
    signal.throwIfAborted();
    narrator.verdict(played);
    steps.push(played);
  }
  return { chapter, steps };
}

async function playStep(
  step: Step,
  { workspace, temp }: { readonly workspace: string; readonly temp: string },
  narrator: Narrator,
  signal: AbortSignal,
): Promise<PlayedStep> {
  const lines: LogLine[] = [];
  const log = narrator.log();
  const running = runAction({
    dir: path.join(REPOSITORY, "build/dist", step.action),
    inputs: step.with,
    env: { ...step.env, ...step.secrets },
    secrets: Object.values(step.secrets),
    cwd: workspace,
    temp,
    onLine: (line) => {
      lines.push(line);
      log.take(line);
    },
  });
  signal.addEventListener("abort", running.cancel, { once: true });
  try {
    const result = await running.done;
    log.end();
    return { step, result, lines, problems: judgeVerdict(step.expected, result), page: step.page?.html() };
  } finally {
    signal.removeEventListener("abort", running.cancel);
  }
}
