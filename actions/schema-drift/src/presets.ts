import { dbmate, flyway, prisma } from "../../../shared/migrations/folders.ts";
import type { Preset } from "../../../shared/migrations/preset.ts";
import { alembic, django, knex } from "../../../shared/migrations/tools.ts";

export type { Preset } from "../../../shared/migrations/preset.ts";

export const PRESETS = ["alembic", "django", "prisma", "knex", "dbmate", "flyway"] as const;

export const presets: Readonly<Record<(typeof PRESETS)[number], Preset>> = {
  alembic,
  django,
  prisma,
  knex,
  dbmate,
  flyway,
};
