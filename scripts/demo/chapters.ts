import type { Chapter } from "./chapter.ts";
import { smokeTest } from "./chapters/smoke-test.ts";
import { telegramNotify } from "./chapters/telegram-notify.ts";

/** The chapters of the demo in the order in which they are played. */
export const CHAPTERS: readonly Chapter[] = [smokeTest, telegramNotify];
