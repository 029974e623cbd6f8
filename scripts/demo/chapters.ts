import type { Chapter } from "./chapter.ts";
import { blueGreenSwitch } from "./chapters/blue-green-switch.ts";
import { dbBackup } from "./chapters/db-backup.ts";
import { deployPlan } from "./chapters/deploy-plan.ts";
import { ghcrCleanup } from "./chapters/ghcr-cleanup.ts";
import { qualityGate } from "./chapters/quality-gate.ts";
import { schemaDrift } from "./chapters/schema-drift.ts";
import { smokeTest } from "./chapters/smoke-test.ts";
import { telegramNotify } from "./chapters/telegram-notify.ts";
import { validateSecrets } from "./chapters/validate-secrets.ts";

/** The chapters of the demo in the order in which they are played. */
export const CHAPTERS: readonly Chapter[] = [
  smokeTest,
  telegramNotify,
  validateSecrets,
  dbBackup,
  schemaDrift,
  ghcrCleanup,
  blueGreenSwitch,
  deployPlan,
  qualityGate,
];
