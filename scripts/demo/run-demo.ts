import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../shared/runtime/user-error.ts";
import { REPOSITORY } from "../bundle/repository.ts";
import { bringUpToDate } from "../runner/find-action.ts";
import { installMissing } from "../system/install.ts";
import { parts } from "../system/parts.ts";
import { actionsOf, type Chapter } from "./chapter.ts";
import type { Narrator } from "./narrator.ts";
import { demoPage } from "./page.ts";
import { type PlayedChapter, playChapter } from "./play.ts";
import { openStage } from "./stage.ts";

export type DemoOptions = {
  readonly chapters: readonly Chapter[];
  /** Where index.html goes. */
  readonly outDir: string;
  readonly narrator: Narrator;
  /** Ends the demo early; what is running is stopped first. */
  readonly signal: AbortSignal;
};

/**
 * Plays the chapters, writes the page, and tells whether every verdict is what it must be. When it returns or
 * rejects, nothing of it is running any more.
 * @throws UserError when something that the demo runs on is missing; the signal's reason when that says stop.
 */
export async function runDemo({ chapters, outDir, narrator, signal }: DemoOptions): Promise<boolean> {
  const started = performance.now();
  narrator.heading("Setting the stage");
  await supplyPostgres(narrator);
  const playable = await suppliedChapters(chapters, narrator);
  const names = [...new Set(playable.flatMap(actionsOf))];
  await bringUpToDate(REPOSITORY, names, (line) => narrator.tell(line), signal);
  const played = await play({ chapters: playable, narrator, signal });
  const page = path.join(outDir, "index.html");
  await mkdir(outDir, { recursive: true });
  await writeFile(page, demoPage(played, { durationMs: performance.now() - started, date: new Date() }));
  for (const { step, page: own } of played.flatMap(({ steps }) => steps)) {
    if (step.page !== undefined && own !== undefined) await writeFile(path.join(outDir, step.page.file), own);
  }
  narrator.end(played, performance.now() - started, path.relative(process.cwd(), page) || page);
  return played.every(({ steps }) => steps.every(({ problems }) => problems.length === 0));
}

async function play({
  chapters,
  narrator,
  signal,
}: Omit<DemoOptions, "outDir">): Promise<readonly PlayedChapter[]> {
  signal.throwIfAborted();
  const stage = await openStage((text) => narrator.tell(text), signal);
  const played: PlayedChapter[] = [];
  try {
    for (const chapter of chapters) played.push(await playChapter(chapter, stage, narrator, signal));
  } finally {
    await stage.close();
  }
  return played;
}

/** The chapters whose parts of the machine are there, or could be installed. */
async function suppliedChapters(
  chapters: readonly Chapter[],
  narrator: Narrator,
): Promise<readonly Chapter[]> {
  const playable: Chapter[] = [];
  for (const chapter of chapters) {
    const missing = await installMissing(parts, chapter.needs ?? [], (line) => narrator.tell(line));
    for (const { name, command } of missing)
      narrator.tell(`The chapter ${chapter.name} is left out: ${name} is missing. To supply it: ${command}`);
    if (missing.length === 0) playable.push(chapter);
  }
  return playable;
}

async function supplyPostgres(narrator: Narrator): Promise<void> {
  const [missing] = await installMissing(parts, ["postgres-18", "postgres-18-programs"], (line) =>
    narrator.tell(line),
  );
  if (missing === undefined) return;
  throw new UserError(`The demo runs on PostgreSQL 18, which could not be installed: ${missing.reason}.`, {
    hint: `To supply it: ${missing.command}`,
  });
}
