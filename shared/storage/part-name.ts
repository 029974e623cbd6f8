import { randomBytes } from "node:crypto";

const PART = /^\.(?<name>[A-Za-z0-9=_-][A-Za-z0-9._=-]*)\.[0-9a-f]{12}\.part$/;
const HOUR_MS = 3_600_000;

/** How often a file that is being written shows it by its time at the latest: writing never rests for so long. */
export const PART_RESTLESS_MS = 24 * HOUR_MS;

/** The name under which a file is written: hidden, and of this writer alone. */
export function partName(name: string): string {
  return `.${name}.${randomBytes(6).toString("hex")}.part`;
}

/** The name that a file was to get; undefined for one that {@link partName} has not named. */
export function nameOfPart(part: string): string | undefined {
  return PART.exec(part)?.groups?.["name"];
}
