import type { Found } from "./discover.ts";
import { anyGlob } from "./glob.ts";

/** Which services a change can have broken, each with the reason. Those that are missing it cannot. */
export type Affected = ReadonlyMap<Found, string>;

/** Files outside of every service that no service is made of. */
export const HARMLESS = [
  "*.md",
  "docs/**",
  "LICENSE*",
  ".github/ISSUE_TEMPLATE/**",
  ".github/CODEOWNERS",
  "CODEOWNERS",
];

/**
 * The services that are to run for these changes: those with a changed file in their folder or in what they need. A
 * file that belongs to none runs all, unless it is known to be harmless: nobody knows what depends on it. Pure.
 */
export function affectedBy(
  changed: readonly string[],
  services: readonly Found[],
  harmless: readonly string[] = HARMLESS,
): Affected {
  const isHarmless = anyGlob(harmless);
  const needs = new Map(services.map((service) => [service, anyGlob(service.own.needs ?? [])]));
  const affected = new Map<Found, string>();
  const add = (service: Found, reason: string): void => {
    if (!affected.has(service)) affected.set(service, reason);
  };
  for (const file of changed) {
    // A service at the root holds all files, which says nothing about where this one belongs.
    const inside = services.filter(({ path }) => path !== "." && file.startsWith(`${path}/`));
    const users = services.filter((service) => needs.get(service)?.(file));
    for (const service of [...inside, ...users]) add(service, `${file} has changed`);
    const belongs = inside.length + users.length > 0;
    if (!belongs && isHarmless(file)) continue;
    const others = belongs ? services.filter(({ path }) => path === ".") : services;
    for (const service of others)
      add(service, belongs ? `${file} has changed` : `${file} has changed, which may concern every service`);
  }
  return affected;
}
