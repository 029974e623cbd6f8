import * as z from "zod";
import { parseConfig } from "../../../shared/runtime/config-document.ts";
import type { Size } from "./inputs.ts";

const days = z.number().min(0).optional();
const configSchema = z.object({
  updates: z.array(
    z.object({
      "package-ecosystem": z.string(),
      cooldown: z
        .object({
          "default-days": days,
          "semver-minor-days": days,
          "semver-patch-days": days,
          include: z.array(z.string()).optional(),
          exclude: z.array(z.string()).optional(),
        })
        .optional(),
    }),
  ),
});

// What fetch-metadata calls ecosystems, by the names in dependabot.yml, where the two differ.
const NAMES: Readonly<Record<string, string>> = { npm: "npm_and_yarn", gomod: "go_modules" };

/**
 * For how many days a configuration of Dependabot holds back updates of an ecosystem: the least of its entries, because
 * nobody can tell which of them an update comes from. One with exceptions counts as none. Pure.
 */
export function cooldownOf(text: string, ecosystem: string, size: Size): number | undefined {
  const parsed = configSchema.safeParse(parseConfig(text, ".github/dependabot.yml").value);
  if (!parsed.success) return undefined;
  const entries = parsed.data.updates.filter(
    ({ "package-ecosystem": name }) => (NAMES[name] ?? name) === ecosystem,
  );
  if (entries.length === 0) return undefined;
  return Math.min(
    ...entries.map(({ cooldown }) => {
      if (cooldown === undefined || cooldown.exclude !== undefined || cooldown.include !== undefined)
        return 0;
      return cooldown[`semver-${size}-days`] ?? cooldown["default-days"] ?? 0;
    }),
  );
}
