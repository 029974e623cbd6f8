import { dbmate, flyway, prisma } from "./presets/folders.ts";
import type { Preset } from "./presets/preset.ts";
import { alembic, django, knex } from "./presets/tools.ts";

export type { Preset } from "./presets/preset.ts";

export const PRESETS = ["alembic", "django", "prisma", "knex", "dbmate", "flyway"] as const;

export const presets: Readonly<Record<(typeof PRESETS)[number], Preset>> = {
  alembic,
  django,
  prisma,
  knex,
  dbmate,
  flyway,
};
